/** The rating at the end: one tap counts, the comment is a gift. */

import { fill, h, icon } from "./draw";
import type { SHAPES } from "./icons";
import * as model from "./model";
import type { Conversation } from "./shapes";
import { post } from "./wire";
import { say, type Word } from "./words";

const FACES: [keyof typeof SHAPES, Word][] = [["angry", "terrible"], ["frown", "bad"], ["meh", "neutral"], ["smile", "great"], ["laugh", "amazing"]];

/** Keeps its own state while a person is at it; the model's rating only says where it begins. */
export function rating(one: Conversation): HTMLElement {
  const paper = h("div", { class: "till-order__paper" });
  let score = one.rating;
  let isDone = score > 0;

  async function keep(chosen: number, comment = ""): Promise<void> {
    const { body, status } = await post<Conversation>(`conversations/${encodeURIComponent(one.id)}/rating`, { score: chosen, comment });
    if (!body) return status === 401 ? undefined : draw(say("failed"));
    score = chosen;
    model.put(body);
    if (comment) isDone = true;
    draw("");
    paper.querySelector<HTMLElement>(comment ? "p" : "textarea")?.focus();
  }

  function faces(): HTMLElement {
    const face = ([shape, word]: (typeof FACES)[number], at: number) =>
      h("button", { type: "button", class: "till-faces__one", "aria-pressed": "" + (score === at + 1), onclick: () => void keep(at + 1) }, icon(shape), say(word));
    return h("div", { class: "till-faces", role: "group", "aria-label": title() }, ...FACES.map(face));
  }

  const title = () => (one.who ? say("rate", { name: one.who }) : say("rateUs"));

  function draw(problem: string): void {
    const head = h("p", { class: "till-order__when", tabindex: -1 }, isDone ? say("thanks") : title());
    const error = problem && h("p", { class: "till-error", role: "alert" }, problem);
    if (!score || isDone) return fill(paper, head, !isDone && faces(), error);
    const why = h("textarea", { class: "till-input", rows: 3, placeholder: say("morePlace"), maxlength: 2000, dir: "auto" });
    const hint = h("small", { class: "till__small" }, say("moreHint", { rating: say(FACES[score - 1]![1]) }));
    const finish = () => ((isDone = true), draw(""), paper.querySelector<HTMLElement>("p")?.focus());
    const add = () => (why.value.trim() ? void keep(score, why.value.trim()) : finish());
    const pair = h(
      "div",
      { class: "till-pair" },
      h("button", { type: "button", class: "till-button", onclick: finish }, say("skip")),
      h("button", { type: "button", class: "till-button till-button--main", onclick: add }, say("comment")),
    );
    fill(paper, head, faces(), error, h("hr", { class: "till-order__cut" }), h("label", { class: "till-label" }, say("more"), hint, why), pair);
  }

  draw("");
  return h("article", { class: "till-order" }, paper);
}
