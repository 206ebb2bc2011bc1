/** The first thing a shopper sees: who we are, whether we are here, their newest order, their conversations, and one clear verb. */

import { fill, h, round } from "./draw";
import { askButton, proofRow, row } from "./list";
import * as model from "./model";
import { tabs, type Screen, type Shop } from "./places";
import type { Hours, Order } from "./shapes";
import { greeting, say, wait, when } from "./words";

const STEPS = 4;

/** Whether somebody is here, and how long an answer takes, in one sentence. */
export function present(hours: Hours): string {
  const gaps = { time: hours.until, wait: wait(hours.answerMinutes), when: when(hours.fromDay, hours.from) };
  if (!hours.isOpen) return hours.from ? say("awayUntil", gaps) : say("away");
  const isLong = !hours.isAlways && hours.until;
  if (!hours.answerMinutes) return isLong ? say("hereQuickUntil", gaps) : say("hereQuick");
  return isLong ? say("hereUntil", gaps) : say("here", gaps);
}

function card(order: Order, shop: Shop): HTMLElement {
  const steps = Array.from({ length: STEPS }, (_, at) => h("span", { class: "till-order__step" + (at < order.step ? " till-order__step--done" : "") }));
  const follow = /^https?:/.test(order.url) && h("a", { class: "till-button till-button--main", href: order.url, target: "_blank", rel: "noopener noreferrer" }, say("follow"));
  const ask = h("button", { type: "button", class: "till-button", onclick: () => shop.go("talk:") }, say("aboutOrder"));
  const title = h("h2", { class: "till-order__when" }, order.state);
  const paper = h(
    "div",
    { class: "till-order__paper" },
    h("div", {}, title, h("p", { class: "till__small", dir: "auto" }, say("orderState", { name: order.name }) + (order.summary ? ", " + order.summary : ""))),
    order.step > 0 && h("div", { class: "till-order__steps", "aria-hidden": "true" }, ...steps),
    h("hr", { class: "till-order__cut" }),
    h("div", { class: follow ? "till-pair" : "" }, follow, ask),
  );
  return h("article", { class: "till-order" }, paper);
}

export function home(shop: Shop): Screen {
  const title = h("h1", { tabindex: "-1" });
  const line = h("p");
  const top = h("div", { class: "till__hello-top" }, h("span", { dir: "auto" }, shop.name), round("close", say("close"), shop.hide));
  const body = h("div", { class: "till__body" });
  const foot = h("div");
  const element = h("main", { class: "till" }, h("header", { class: "till__hello" }, top, title, line), body, foot);
  return {
    element,
    update() {
      const { state } = model;
      const first = state.person.name.split(" ")[0];
      const hello = state.greeting || say(greeting());
      title.textContent = first ? say("hello", { greeting: hello, name: first }) : hello;
      line.textContent = model.isLoaded ? [state.intro, present(state.hours)].filter(Boolean).join(" ") : " ";
      const latest = state.conversations.slice(0, 3).map((one) => h("li", {}, row(one, shop)));
      const cards = [
        state.order && card(state.order, shop),
        latest.length > 0 && h("ul", { class: "till-list", "aria-label": say("yours") }, ...latest),
        h("div", { class: "till__card" }, h("p", { class: "till__small" }, say("askHint")), askButton(shop, true)),
        proofRow(shop),
      ];
      fill(body, ...cards);
      fill(foot, tabs(shop, "home"));
    },
    enter: () => title.focus(),
  };
}
