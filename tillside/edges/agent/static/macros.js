/* The page of a macro: its texts in the editor of the composer, values put in at the caret, steps moved by Alt and the arrows, and the focus
   kept where one works. */
import * as editors from "./editor.js";
import { all } from "./inbox-desk.js";

const page = document.getElementById("macro");
const rows = () => all("[data-step-row]");
let last = null; /* where a value goes in */
let next = null; /* where the focus goes once the steps are drawn again */

const name = (place) => {
  const row = rows()[Math.max(0, Math.min(place, rows().length - 1))];
  return row ? row.querySelector("[data-step-name]") : document.getElementById("new-step");
};

/* The plain field keeps what is sent. It changes only when somebody writes, so that a text nobody touched stays as it was. */
function dress() {
  for (const place of all("[data-editor]", page)) {
    const plain = place.querySelector("textarea");
    const box = place.querySelector("[data-box]");
    if (!box.hidden) continue;
    const editor = editors.over(box, place.querySelector("[role=toolbar]"), editors.MACRO);
    editor.setHTML(plain.dataset.html);
    editor.addEventListener("input", () => { plain.value = editors.html(editor); });
    box.addEventListener("focus", () => { last = editor; });
    box.addEventListener("drop", (event) => { if (event.dataTransfer.files.length) event.preventDefault(); }); /* a macro has no files */
    document.querySelector('label[for="' + plain.id + '"]').addEventListener("click", () => editor.focus());
    plain.hidden = true;
    box.hidden = false;
    if (!last || !last.getRoot().isConnected) last = editor;
  }
}

page.addEventListener("click", (event) => {
  const value = event.target.closest("[data-value]");
  if (value) { last.insertHTML(value.dataset.value); last.focus(); return; }
  const button = event.target.closest("#steps button[name=do]");
  if (!button) return;
  const place = rows().indexOf(button.closest("[data-step-row]"));
  if ("up" in button.dataset) next = () => name(place - 1);
  else if ("down" in button.dataset) next = () => name(place + 1);
  else if ("drop" in button.dataset) next = () => name(place);
  else next = () => {
    const row = rows()[rows().length - 1];
    return row.querySelector("input:not([type=hidden]), select, [data-box]") || row.querySelector("[data-step-name]");
  };
});

page.addEventListener("keydown", (event) => {
  const row = event.target.closest("[data-step-row]");
  if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const button = row.querySelector(event.key === "ArrowUp" ? "[data-up]" : "[data-down]");
  if (button) button.click();
});

document.addEventListener("htmx:afterSettle", () => {
  dress();
  if (!next) return;
  const one = next();
  next = null;
  if (one) one.focus();
});

dress();
page.dataset.ready = "";
