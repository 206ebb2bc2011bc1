/** What a shop wants to know before a conversation begins. Once answered it is kept, so that nobody is asked twice. */

import { h } from "./draw";
import * as memo from "./memo";
import type { Field } from "./shapes";
import { say } from "./words";

export const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const KINDS = { text: "text", email: "email", phone: "tel", choice: "text", long: "text" } as const;
const FILLED: Record<string, string> = { email: "email", name: "name", phone: "tel" };

export function isAnswered(fields: Field[]): boolean {
  const said = memo.value().fields;
  return !!said && fields.every((field) => !field.isRequired || !!said[field.key]);
}

function input(field: Field, value: string): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  const props = { class: "till-input", id: "ask-" + field.key, name: field.key, required: field.isRequired, dir: "auto", "aria-describedby": "ask-error" };
  if (field.kind === "choice") {
    const made = h("select", props, h("option", { value: "" }, "–"), ...field.choices.map((choice) => h("option", { value: choice }, choice)));
    made.value = value;
    return made;
  }
  const made = field.kind === "long" ? h("textarea", { ...props, rows: 3, maxlength: 2000 }) : h("input", { ...props, type: KINDS[field.kind], maxlength: 200, autocomplete: FILLED[field.key] });
  made.value = value;
  return made;
}

/** The form; `done` is called when all that must be said is said. */
export function asking(fields: Field[], known: Record<string, string>, done: () => void): HTMLElement {
  const said = { ...known, ...memo.value().fields };
  const inputs = fields.map((field) => input(field, said[field.key] || ""));
  const error = h("p", { class: "till-error", id: "ask-error", role: "alert" });
  const rows = fields.map((field, at) =>
    h("label", { class: "till-label" }, h("span", {}, field.label, !field.isRequired && h("small", { class: "till__small" }, " " + say("optional"))), inputs[at]),
  );
  const collect = (): Record<string, string> => Object.fromEntries(fields.map((field, at) => [field.key, inputs[at]!.value.trim()]));
  const form = h("form", { class: "till-order__paper", novalidate: true }, ...rows, error, h("button", { class: "till-button till-button--main" }, say("begin")));
  form.addEventListener("input", () => memo.keep({ fields: collect() }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answers = collect();
    const wrong = fields.findIndex((field) => (field.isRequired && !answers[field.key]) || (field.kind === "email" && !!answers[field.key] && !EMAIL.test(answers[field.key]!)));
    if (wrong < 0) return memo.keep({ fields: answers }), done();
    const field = fields[wrong]!;
    error.textContent = answers[field.key] ? say("badEmail") : say("required", { label: field.label });
    inputs.forEach((one, at) => one.setAttribute("aria-invalid", "" + (at === wrong)));
    inputs[wrong]!.focus();
  });
  return h("div", { class: "till-order" }, form);
}
