/** One's own conversations, newest first; and the way to those of other browsers, for whoever can show that an address is theirs. */

import { fill, h, icon, round } from "./draw";
import * as model from "./model";
import { tabs, type Screen, type Shop } from "./places";
import type { Conversation } from "./shapes";
import { brief, counted, say } from "./words";

export function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  return ((parts[0]?.[0] || "") + (parts.length > 1 ? parts[parts.length - 1]![0] : "")).toUpperCase();
}

export function row(one: Conversation, shop: Shop): HTMLElement {
  const isUnread = one.unread > 0;
  const line = h("small", { class: "till__small", dir: "auto" }, one.line || one.subject);
  const name = h("b", { dir: "auto" }, one.who || shop.name);
  const new_ = isUnread && h("span", { class: "till-list__count" }, "" + one.unread, h("span", { class: "till__hidden" }, " " + counted("unread", "unread", one.unread)));
  return h(
    "button",
    { type: "button", class: "till-list__one" + (isUnread ? " till-list__one--new" : ""), onclick: () => shop.go("talk:" + one.id) },
    h("span", { class: "till__face", "aria-hidden": "true" }, initials(one.who || shop.name)),
    h("span", { class: "till-list__text" }, name, line),
    h("span", { class: "till-list__end" }, h("small", { class: "till__small" }, brief(one.at)), new_),
  );
}

export function proofRow(shop: Shop): HTMLElement | false {
  if (model.state.person.opensHistory || !model.state.mayProve) return false;
  const text = h("span", { class: "till-list__text" }, h("b", {}, say("find")), h("small", { class: "till__small" }, say("findHint")));
  return h("div", { class: "till-list" }, h("button", { type: "button", class: "till-list__one", onclick: () => shop.go("proof") }, icon("key"), text, icon("on", true)));
}

export function askButton(shop: Shop, isMain: boolean): HTMLElement {
  return h("button", { type: "button", class: "till-button" + (isMain ? " till-button--main" : ""), onclick: () => shop.go("talk:") }, icon("talk"), say("ask"));
}

export function list(shop: Shop): Screen {
  const body = h("div", { class: "till__body" });
  const foot = h("div");
  const head = h("header", { class: "till__bar" }, h("h1", { class: "till__bar-text", tabindex: "-1" }, say("messages")), round("close", say("close"), shop.hide));
  const element = h("main", { class: "till" }, head, body, foot);
  return {
    element,
    update() {
      const rows = model.state.conversations.map((one) => h("li", {}, row(one, shop)));
      const found = rows.length ? h("ul", { class: "till-list", "aria-label": say("yours") }, ...rows) : h("p", { class: "till__empty" }, say("none"));
      fill(body, found, askButton(shop, true), proofRow(shop));
      fill(foot, tabs(shop, "list"));
    },
    enter: () => element.querySelector("h1")?.focus(),
  };
}
