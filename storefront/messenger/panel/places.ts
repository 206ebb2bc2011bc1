/** Where one is in the panel: home, the list, a conversation, the code. One place at a time; Back and the tabs move between them. */

import { fill, h, icon } from "./draw";
import { home } from "./home";
import { list } from "./list";
import * as memo from "./memo";
import * as model from "./model";
import { proof } from "./proof";
import { talk, type Talk } from "./talk";
import { counted, say } from "./words";
import * as outbox from "./outbox";

/** A drawn place. `update` changes it in place when the model did; `enter` puts the focus where the hand will go. */
export interface Screen {
  element: HTMLElement;
  update(): void;
  enter(): void;
}

export interface Shop {
  name: string;
  hide(): void;
  go(place: string): void;
}

let here = "home";
let shop: Shop = { name: "", hide: () => undefined, go: (place) => go(place) };
let screen: Screen | undefined;

export const place = (): string => here;

export function go(where: string, name = shop.name, hide = shop.hide): void {
  shop = { name, hide, go: (next) => go(next) };
  here = where;
  memo.keep({ place: where });
  redraw(true);
}

function made(): Screen {
  if (here.startsWith("talk:")) return talk(shop, here.slice(5));
  if (here === "list") return list(shop);
  return here === "proof" ? proof(shop) : home(shop);
}

export function redraw(isEntered = false): void {
  screen = made();
  fill(document.body, screen.element);
  screen.update();
  if (isEntered && document.documentElement.classList.contains("is-shown")) screen.enter();
}

model.onChange(() => screen?.update());

outbox.whenMoved((_, to) => {
  if (here !== "talk:") return;
  here = "talk:" + to;
  memo.keep({ place: here });
  (screen as Talk | undefined)?.become?.(to);
});

export function showTyping(conversation: string, name: string): void {
  if (here === "talk:" + conversation) (screen as Talk | undefined)?.typing?.(name);
}

export function writeInto(text: string): void {
  (screen as Talk | undefined)?.write?.(text);
}

export function isWriting(): boolean {
  return document.activeElement instanceof HTMLTextAreaElement || document.activeElement instanceof HTMLInputElement;
}

/** The two tabs at the foot of home and list. */
export function tabs({ go: move }: Shop, current: string): HTMLElement {
  const tab = (where: string, name: "home" | "talk", word: string, ...more: (Node | false)[]) =>
    h("button", { type: "button", class: "till__tab", "aria-current": current === where ? "page" : undefined, onclick: () => move(where) }, icon(name), word, ...more);
  const count = model.unread();
  const dot = count > 0 && h("span", { class: "till__dot" });
  const said = count > 0 && h("span", { class: "till__hidden" }, counted("unread", "unread", count));
  return h("nav", { class: "till__nav", "aria-label": say("places") }, tab("home", "home", say("home")), tab("list", "talk", say("messages"), dot, said));
}
