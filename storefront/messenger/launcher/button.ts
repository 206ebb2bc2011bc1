/** The button in the corner, in a shadow tree of its own, so that the shop's styles and ours never meet. */

import type { Settings } from "../protocol";

const STYLE = `
:host{all:initial}
button{position:fixed;inset-block-end:var(--bottom);inset-inline-end:var(--end,auto);inset-inline-start:var(--start,auto);z-index:var(--z);display:inline-flex;
align-items:center;justify-content:center;gap:8px;min-block-size:52px;min-inline-size:52px;padding:0 16px;border:0;border-radius:26px;background:var(--shop);color:var(--on);
font:600 15px/20px -apple-system,BlinkMacSystemFont,"Segoe UI",Inter,"Noto Sans",Roboto,sans-serif;
box-shadow:0 2px 6px rgb(51 45 33/.16),0 12px 32px rgb(51 45 33/.24);cursor:pointer}
button:hover{box-shadow:inset 0 0 0 52px rgb(0 0 0/.12),0 2px 6px rgb(51 45 33/.16),0 12px 32px rgb(51 45 33/.24)}
button:focus-visible{outline:2px solid var(--on);outline-offset:-5px;box-shadow:0 0 0 3px var(--shop)}
button[hidden]{display:none}
svg{inline-size:22px;block-size:22px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round;flex:none}
b{display:grid;place-items:center;min-inline-size:20px;block-size:20px;box-sizing:border-box;padding:0 4px;border-radius:10px;background:var(--on);color:var(--shop);font-size:12px}
b[hidden]{display:none}
i{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
p{position:fixed;inset-block-end:calc(var(--bottom) + 64px);inset-inline-end:var(--end,auto);inset-inline-start:var(--start,auto);z-index:var(--z);max-inline-size:min(300px,calc(100vw - 40px));
box-sizing:border-box;margin:0;padding:12px 16px;border-radius:12px;background:#fff;color:#211e18;font:400 15px/21px -apple-system,BlinkMacSystemFont,"Segoe UI",Inter,sans-serif;box-shadow:0 0 0 1px #e2dfda,0 12px 32px rgb(51 45 33/.24)}
p:empty{display:none}
@media (prefers-color-scheme:dark){p{background:#1e1d1a;color:#ebe9e5;box-shadow:0 0 0 1px #33322d}}
@media print{button,p{display:none}}
`;
const TALK = "M3 16.3a2 2 0 0 1 .1 1.2L2 20.8A1 1 0 0 0 3.3 22l3.4-1a2 2 0 0 1 1 .1A10 10 0 1 0 3 16.3";
const CROSS = "M18 6 6 18M6 6l12 12";

export interface Button {
  host: HTMLElement;
  show(yes: boolean): void;
  open(yes: boolean): void;
  count(unread: number): void;
  say(text: string): void;
  focus(): void;
}

function styled(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet(); // a shop's Content-Security-Policy may forbid <style>, never this
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
  }
}

function picture(): [SVGSVGElement, SVGPathElement] {
  const make = <K extends "svg" | "path">(name: K) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const svg = make("svg");
  const path = make("path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", TALK);
  svg.append(path);
  return [svg, path];
}

export function button(settings: Settings, press: () => void, intent: () => void): Button {
  const host = document.createElement("div");
  host.id = "tillside-messenger";
  const root = host.attachShadow({ mode: "open" });
  const press_ = document.createElement("button");
  const [svg, path] = picture();
  const count = document.createElement("b");
  const word = document.createElement(settings.place.badge === "label" ? "span" : "i");
  const more = document.createElement("i");
  const note = document.createElement("p");
  note.setAttribute("role", "status");
  press_.type = "button";
  press_.hidden = true;
  press_.setAttribute("aria-haspopup", "dialog");
  press_.setAttribute("aria-expanded", "false");
  word.textContent = settings.label;
  count.hidden = true;
  count.setAttribute("aria-hidden", "true");
  press_.append(svg, word, count, more);
  styled(root);
  root.append(press_, note);
  const { look, place } = settings;
  const side = place.side === "start" ? "--start" : "--end";
  const facts = { "--shop": look.colour, "--on": look.onColour, [side]: place.sideSpacing + "px", "--bottom": place.bottomSpacing + "px", "--z": "" + place.zIndex };
  for (const [name, value] of Object.entries(facts)) host.style.setProperty(name, value);
  press_.addEventListener("click", press);
  for (const name of ["pointerenter", "focus", "touchstart"]) press_.addEventListener(name, intent, { passive: true });
  return {
    host,
    show: (yes) => (press_.hidden = !yes),
    open: (yes) => (press_.setAttribute("aria-expanded", "" + yes), path.setAttribute("d", yes ? CROSS : TALK), (note.textContent = "")),
    count: (unread) => {
      count.hidden = !unread;
      count.textContent = unread > 9 ? "9+" : "" + unread;
      more.textContent = unread ? `, ${unread} unread` : "";
    },
    say: (text) => (note.textContent = text),
    focus: () => press_.focus(),
  };
}
