/** The panel's frame: from the desk's origin, sandboxed without one of its own, so that it reaches neither the shop's page nor an
 *  agent's session. What both sides have to say to each other goes over one private port. */

import { attempt, guarded } from "../../tracker/page";
import type { Down, Settings, Up } from "../protocol";
import { origin } from "./desk";
import { isPhone } from "./rules";

const ID = "richpanel_messenger_iframe";
const PATIENCE_MS = 10000;

export interface Frame {
  element: HTMLIFrameElement;
  tell(word: Down): void;
  show(yes: boolean): void;
  remove(): void;
}

function set(element: HTMLElement, facts: Record<string, string>): void {
  for (const name in facts) element.style.setProperty(name, facts[name]!, "important");
}

function arrange(element: HTMLIFrameElement, { place }: Settings, isShown: boolean): void {
  const side = place.side === "start" ? "inset-inline-start" : "inset-inline-end";
  set(element, {
    position: "fixed", border: "0", margin: "0", padding: "0", "min-width": "0", "max-width": "none", opacity: "1", background: "transparent",
    "z-index": "" + place.zIndex, display: isShown ? "block" : "none", visibility: "visible", transform: "none", "color-scheme": "normal",
  });
  if (isPhone()) set(element, { inset: "0", width: "100%", height: "100%", "max-height": "none", "border-radius": "0", "box-shadow": "none" });
  else {
    const bottom = place.bottomSpacing + 64;
    set(element, { inset: "auto", [side]: place.sideSpacing + "px", bottom: bottom + "px", width: "380px", height: "680px" });
    set(element, { "max-height": `calc(100vh - ${bottom + 16}px)`, "border-radius": "16px", "box-shadow": "0 2px 6px rgb(51 45 33/.1),0 20px 56px rgb(51 45 33/.24)" });
  }
}

/** `hear` gets the panel's words; `lost` is called when the frame does not answer in time. */
export function frame(settings: Settings, hear: (word: Up) => void, lost: () => void): Frame {
  const element = document.createElement("iframe");
  element.id = ID;
  element.title = settings.name;
  element.setAttribute("sandbox", "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads");
  element.setAttribute("referrerpolicy", "origin");
  element.src = origin + settings.frame;
  arrange(element, settings, false);
  let port: MessagePort | undefined;
  let isShown = false;
  let early: Down[] = [];
  const late = setTimeout(guarded(lost), PATIENCE_MS);
  const resize = guarded(() => arrange(element, settings, isShown));
  const connect = guarded((event: MessageEvent) => {
    if (event.source !== element.contentWindow || event.data?.actionName !== "MESSENGER_LOADED") return;
    clearTimeout(late);
    const channel = new MessageChannel();
    port?.close();
    port = channel.port1;
    port.onmessage = guarded((word: MessageEvent) => hear(word.data));
    element.contentWindow!.postMessage({ actionName: "TILLSIDE_PORT" }, "*", [channel.port2]); // "*": a sandboxed frame has no origin to name
    for (const word of early.splice(0)) port.postMessage(word);
    hear({ say: "ready" });
  });
  addEventListener("message", connect);
  addEventListener("resize", resize);
  (document.body || document.documentElement).append(element);
  return {
    element,
    tell: (word) => (port ? port.postMessage(word) : early.push(word)),
    show(yes) {
      isShown = yes;
      arrange(element, settings, yes);
      if (yes) attempt(() => element.focus());
    },
    remove() {
      clearTimeout(late);
      removeEventListener("message", connect);
      removeEventListener("resize", resize);
      port?.close();
      early = [];
      element.remove();
    },
  };
}
