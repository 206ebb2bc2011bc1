/** What stands below the messages: the questions before a conversation, the rating after it, the address when nobody is here. */

import { asking, isAnswered } from "./asking";
import { fill, h } from "./draw";
import { present } from "./home";
import * as model from "./model";
import * as outbox from "./outbox";
import { rating } from "./rating";
import type { Conversation } from "./shapes";
import { post } from "./wire";
import { say, when } from "./words";

type Kind = "" | "hello" | "asking" | "rating" | "closed" | "mail";

export interface Tail {
  element: HTMLElement;
  isAsking(): boolean;
  update(id: string): void;
}

/** Nobody is here: where should the answer go? */
function mail(one: Conversation): HTMLElement[] {
  const { hours } = model.state;
  const input = h("input", { class: "till-input", type: "email", autocomplete: "email", placeholder: "name@example.com" });
  const error = h("p", { class: "till-error", role: "alert" });
  const submit = async (event: Event) => {
    event.preventDefault();
    const { body, message } = await post<object>("person", { email: input.value.trim(), conversation: one.id });
    if (body) void model.load();
    else error.textContent = message || say("failed");
  };
  const text = hours.from ? say("answerMail", { when: when(hours.fromDay, hours.from) }) : say("answerMailNow");
  const button = h("button", { class: "till-button till-button--main" }, say("answerMe"));
  const paper = h("form", { class: "till-order__paper", novalidate: true, onsubmit: submit }, h("label", { class: "till-label" }, say("email"), input), error, button);
  paper.append(h("p", { class: "till__small" }, say("goesOn")));
  return [h("p", {}, text), h("article", { class: "till-order" }, paper)];
}

export function tail(ready: () => void): Tail {
  const element = h("div", { class: "till__talk" });
  let shown: Kind | undefined;
  let isAsked = false;

  function kind(id: string, one: Conversation | undefined): Kind {
    const { person, fields, hours, asksRating } = model.state;
    if (!id) {
      if (!model.isLoaded || outbox.of("").length) return "";
      if (shown !== "asking") isAsked ||= person.opensHistory || !fields.length || isAnswered(fields);
      return isAsked ? "hello" : "asking";
    }
    if (!one) return "";
    if (one.isClosed) return asksRating ? "rating" : "closed";
    return !person.email && !hours.isOpen && model.messages(id).length ? "mail" : "";
  }

  function ask(): HTMLElement {
    const { email, name } = model.state.person;
    return asking(model.state.fields, { email, name }, () => ((isAsked = true), (shown = undefined), ready()));
  }

  return {
    element,
    isAsking: () => shown === "asking",
    update(id) {
      const one = model.conversation(id);
      const next = kind(id, one);
      if (next === shown) return;
      shown = next;
      const again = h("p", { class: "till__small" }, say("notSolved"));
      if (next === "asking") fill(element, ask());
      else if (next === "hello") fill(element, h("p", { class: "till__small" }, present(model.state.hours)));
      else if (next === "mail") fill(element, ...mail(one!));
      else fill(element, next === "rating" && rating(one!), (next === "rating" || next === "closed") && again);
    },
  };
}
