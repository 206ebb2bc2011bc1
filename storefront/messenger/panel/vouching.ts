/** An agent asked who this is: the code that was sent is entered in the conversation itself. */

import { fill, h } from "./draw";
import * as model from "./model";
import { post } from "./wire";
import { say } from "./words";

export interface Vouching {
  element: HTMLElement;
  update(id: string): void;
}

export function vouching(): Vouching {
  const element = h("div", { hidden: true });
  let asked = "";

  function draw(email: string): void {
    const error = h("p", { class: "till-error", role: "alert" });
    const input = h("input", { class: "till-input", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 12 });
    const button = h("button", { class: "till-button till-button--main" }, say("checkCode"));
    const check = async () => {
      const answer = await post<{ ok: boolean }>("codes/answer", { code: input.value.replace(/\D/g, "") });
      if (answer.body) await model.load();
      else error.textContent = answer.status === 422 ? say("badCode") : say(answer.status === 429 ? "slow" : "failed", { count: answer.waitSeconds });
    };
    const submit = (event: Event) => {
      event.preventDefault();
      if (button.getAttribute("aria-busy")) return;
      error.textContent = "";
      button.setAttribute("aria-busy", "true");
      void check().finally(() => button.removeAttribute("aria-busy"));
    };
    const label = h("label", { class: "till-label" }, say("codeAsked", { email }), input);
    fill(element, h("article", { class: "till-order" }, h("form", { class: "till-order__paper", novalidate: true, onsubmit: submit }, label, error, button)));
  }

  return {
    element,
    update(id) {
      const last = model.messages(id).findLast((one) => one.asks === "code");
      const isOpen = !!last && model.state.person.trust === "typed";
      element.hidden = !isOpen;
      if (!isOpen || last.id === asked) return;
      asked = last.id;
      draw(last.email);
    },
  };
}
