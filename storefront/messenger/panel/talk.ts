/** A conversation: what was said, what is being sent, the place to write, and the rating when it is over. */

import { fill, h, round } from "./draw";
import { drawLines } from "./lines";
import { initials } from "./list";
import * as memo from "./memo";
import * as model from "./model";
import * as outbox from "./outbox";
import type { Screen, Shop } from "./places";
import type { Conversation } from "./shapes";
import { tail } from "./tail";
import { vouching } from "./vouching";
import { post } from "./wire";
import { brief, say, wait, when } from "./words";
import { writing } from "./writing";

const TYPING_MS = 3000;
const NEAR_PX = 80;

export interface Talk extends Screen {
  typing(name: string): void;
  write(text: string): void;
  become(id: string): void;
}

/** What the line below the name says: the connection first, then hours. */
function about(one: Conversation | undefined): string {
  if (document.documentElement.classList.contains("is-offline") || outbox.isStuck()) return say("offline");
  const { hours } = model.state;
  if (one?.isClosed) return say("closedAt", { when: brief(one.at) });
  if (!hours.isOpen && hours.from) return say("backWhen", { when: when(hours.fromDay, hours.from) });
  return hours.answerMinutes ? say("answersIn", { wait: wait(hours.answerMinutes) }) : "";
}

export function talk(shop: Shop, id: string): Talk {
  let seen = "";
  let typedAt = 0;
  const name = h("b", { dir: "auto" });
  const under = h("small", { role: "status" });
  const face = h("span", { class: "till__face", "aria-hidden": "true" });
  const title = h("h1", { class: "till__bar-text", tabindex: -1 }, name, under);
  const head = h("header", { class: "till__bar" }, round("back", say("back"), () => shop.go("list")), face, title, round("close", say("close"), shop.hide));
  const log = h("div", { class: "till__talk", role: "log", "aria-label": say("messages"), "aria-relevant": "additions" });
  const dots = h("div", { class: "till-say", role: "status", hidden: true });
  const earlier = h("button", { type: "button", class: "till-link", hidden: true, onclick: () => void model.open(id, true) }, say("earlier"));
  const below = tail(() => (update(), composer.focus()));
  const asked = vouching();
  const body = h("div", { class: "till__body till__body--talk", tabindex: 0, role: "region", "aria-label": say("messages") }, earlier, log, dots, asked.element, below.element);
  const jump = h("button", { type: "button", class: "till-jump", hidden: true, onclick: () => toEnd() }, say("newMessage"));
  const composer = writing(id, { send, typing });
  const foot = h("div", { class: "till__foot" }, jump, composer.element);
  const element = h("main", { class: "till" }, head, body, foot);
  const isNear = () => body.scrollHeight - body.scrollTop - body.clientHeight < NEAR_PX;

  function toEnd(): void {
    body.scrollTop = body.scrollHeight;
    jump.hidden = true;
    look();
  }

  function send(text: string, files: string[]): void {
    outbox.add(id, text, files);
    toEnd();
  }

  function typing(): void {
    if (!id || Date.now() - typedAt < TYPING_MS) return;
    typedAt = Date.now();
    void post(`conversations/${encodeURIComponent(id)}/typing`);
  }

  /** Tells the desk what was read, once it really was on the screen. */
  function look(): void {
    const last = model.messages(id).findLast((one) => one.by === "shop");
    const isSeen = document.documentElement.classList.contains("is-shown") && !document.hidden && isNear();
    if (!last || last.id === seen || !isSeen || !model.conversation(id)?.unread) return;
    seen = last.id;
    void post<Conversation>(`conversations/${encodeURIComponent(id)}/seen`, { message: last.id }).then(({ body: fresh }) => fresh && (model.put(fresh), model.changed()));
  }

  function update(): void {
    const one = model.conversation(id);
    const wasNear = isNear();
    const count = log.childElementCount;
    name.textContent = one?.who || shop.name;
    face.textContent = initials(name.textContent);
    under.textContent = about(one);
    drawLines(log, id);
    earlier.hidden = !model.hasEarlier(id);
    below.update(id);
    asked.update(id);
    composer.element.hidden = below.isAsking();
    if (log.childElementCount > count && !wasNear) jump.hidden = false;
    if (wasNear) toEnd();
  }

  body.addEventListener("scroll", () => isNear() && ((jump.hidden = true), look()), { passive: true });
  if (id) void model.open(id).then(() => requestAnimationFrame(toEnd));
  return {
    element,
    update,
    enter: () => (below.isAsking() ? below.element.querySelector<HTMLElement>("input, textarea, select")?.focus() : composer.focus(), requestAnimationFrame(toEnd)),
    typing(called) {
      const wasNear = isNear();
      dots.hidden = !called;
      fill(dots, !!called && h("div", { class: "till-say__bubble till-dots" }, h("i"), h("i"), h("i"), h("span", { class: "till__hidden" }, say("writing", { name: called }))));
      if (called) setTimeout(() => (dots.hidden = true), 6000);
      if (wasNear) toEnd();
    },
    write: composer.write,
    become(to) {
      id = to;
      composer.become(to);
      memo.flush();
      update();
    },
  };
}
