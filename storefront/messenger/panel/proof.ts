/** The way to one's own history from another browser: a code by e-mail shows that the address is theirs. */

import { fill, h, round } from "./draw";
import { EMAIL } from "./asking";
import * as model from "./model";
import type { Screen, Shop } from "./places";
import { post, type Answer } from "./wire";
import { say } from "./words";

function said({ status, waitSeconds, message }: Answer<unknown>): string {
  if (status === 429) return say("slow", { count: waitSeconds });
  return (status >= 400 && status < 500 && message) || say("failed");
}

export function proof(shop: Shop): Screen {
  const body = h("div", { class: "till__body" });
  const title = h("h1", { class: "till__bar-text", tabindex: -1 }, say("find"));
  const head = h("header", { class: "till__bar" }, round("back", say("back"), () => shop.go("home")), title, round("close", say("close"), shop.hide));
  const error = h("p", { class: "till-error", role: "alert" });

  function card(label: string, input: HTMLInputElement, verb: string, act: () => Promise<void>, ...more: (Node | string)[]): void {
    const button = h("button", { class: "till-button till-button--main" }, verb);
    const submit = (event: Event) => {
      event.preventDefault();
      if (button.getAttribute("aria-busy")) return;
      error.textContent = "";
      button.setAttribute("aria-busy", "true");
      void act().finally(() => button.removeAttribute("aria-busy"));
    };
    const form = h("form", { class: "till-order__paper", novalidate: true, onsubmit: submit }, h("label", { class: "till-label" }, label, input), error, button);
    fill(body, ...more, h("article", { class: "till-order" }, form));
    input.focus();
  }

  function address(known: string): void {
    const input = h("input", { class: "till-input", type: "email", autocomplete: "email", placeholder: "name@example.com", value: known, maxlength: 200 });
    card(say("email"), input, say("sendCode"), async () => {
      const email = input.value.trim();
      if (!EMAIL.test(email)) return void (error.textContent = say("badEmail"));
      const answer = await post("codes", { email });
      if (answer.status === 202) code(email);
      else error.textContent = said(answer);
    });
  }

  function code(email: string): void {
    const input = h("input", { class: "till-input", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 12, "aria-describedby": "code-sent" });
    const again = h("button", { type: "button", class: "till-link", onclick: () => address(email) }, say("otherCode"));
    const check = async () => {
      const answer = await post<{ ok: boolean }>("codes/answer", { email, code: input.value.replace(/\D/g, "") });
      if (!answer.body) return void (error.textContent = answer.status === 422 ? say("badCode") : said(answer));
      await model.load();
      shop.go("list");
    };
    card(say("code"), input, say("check"), check, h("p", { id: "code-sent", role: "status" }, say("codeSent", { email })), again);
  }

  return { element: h("main", { class: "till" }, head, body), update: () => undefined, enter: () => address(model.state.person.email) };
}
