/** One message as it is drawn: a bubble, its files, who said it when and whether it arrived. Drawn once, changed in place. */

import { h, plain, written } from "./draw";
import type { Waiting } from "./outbox";
import type { File_, Message } from "./shapes";
import { clock, exact, say, size } from "./words";

const SHOWN = /^image\/(jpeg|png|gif|webp)$/;

function file(one: File_): HTMLElement {
  const props = { href: one.url, target: "_blank", rel: "noopener noreferrer" };
  if (!SHOWN.test(one.type)) return h("a", { ...props, class: "till-file", download: one.name }, h("bdi", {}, one.name), h("small", {}, " " + size(one.bytes)));
  const known = one.width && one.height ? { width: one.width, height: one.height } : {};
  return h("a", { ...props, class: "till-picture" }, h("img", { src: one.url, alt: one.name, loading: "lazy", ...known }));
}

function text(message: Message): HTMLElement | false {
  if (!message.html && !message.text) return false;
  const body = h("div", { class: message.html ? "till-say__text" : "till-say__text till-say__text--plain", dir: "auto" });
  body.append(message.html ? written(message.html) : plain(message.text));
  return body;
}

/** `state`: what stands below it, such as Read. */
export function saying(message: Message, state: string): HTMLElement {
  const isMine = message.by === "me";
  const who = isMine ? say("you") : message.name;
  const about = h("span", { class: "till-say__state", title: exact(message.at) }, [isMine ? "" : message.name, clock(message.at)].filter(Boolean).join(", "));
  const mark = h("span", { class: "till-say__mark" }, state && " · " + state);
  about.append(mark);
  const spoken = h("span", { class: "till__hidden" }, who + ": ");
  const bubble = h("div", { class: "till-say__bubble" }, spoken, ...message.files.map(file), text(message));
  if (message.by === "desk") return h("p", { class: "till-day", id: "message-" + message.id, dir: "auto" }, message.text);
  return h("div", { class: "till-say" + (isMine ? " till-say--mine" : ""), id: "message-" + message.id }, bubble, about);
}

export function mark(element: Element, state: string): void {
  const place = element.querySelector(".till-say__mark");
  const text = state && " · " + state;
  if (place && place.textContent !== text) place.textContent = text;
}

/** Its state is part of its name: when that changes, it is drawn anew. */
export const keyOf = (one: Waiting, isStuck: boolean): string => `unsent-${one.id}-${one.problem ? "refused" : isStuck ? "stuck" : "going"}`;

/** A message the desk does not have yet. */
export function unsent(one: Waiting, isStuck: boolean, retry: () => void): HTMLElement {
  const bubble = h("div", { class: "till-say__bubble" }, h("span", { class: "till__hidden" }, say("you") + ": "));
  bubble.append(h("div", { class: "till-say__text till-say__text--plain", dir: "auto" }, plain(one.text)));
  const isFailed = isStuck || !!one.problem;
  const state = h("span", { class: "till-say__state" + (isFailed ? " till-say__state--failed" : "") }, one.problem || say(isFailed ? "notSent" : "sending"));
  if (isFailed) state.append(" ", h("button", { type: "button", class: "till-link", onclick: retry }, say("again")));
  return h("div", { class: "till-say till-say--mine", id: keyOf(one, isStuck) }, bubble, state);
}
