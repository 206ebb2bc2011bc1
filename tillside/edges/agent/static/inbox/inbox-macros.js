/* Macros: `/` opens them, words narrow them, Enter inserts, Ctrl Enter inserts and sends. The list is in the page already.
   What a macro does stands in its preview with a box each; what stays ticked goes into the composer with the text. */
import { all, ask, hear, opened, view } from "./inbox-desk.js";
import * as composer from "./inbox-composer.js";

const known = new Map();
let turn = 0;
let drawn = "";

const box = () => document.getElementById("macros");
const find = () => document.getElementById("macro-find");
const choices = () => all("[data-macro][role=option]", box()).filter((one) => !one.hidden);
const chosen = () => choices().find((one) => one.getAttribute("aria-selected") === "true");
export const isOpen = () => Boolean(box() && !box().hidden);

export function open(words = "") {
  if (!box()) return;
  box().hidden = false;
  find().value = words;
  narrow();
  find().focus();
}

export function close() {
  if (!isOpen()) return;
  box().hidden = true;
  composer.write();
}

/* every word typed stands in the name; where no name has them, in the text */
function narrow() {
  const words = find().value.toLowerCase().split(/\s+/).filter(Boolean);
  const every = all("[data-macro][role=option]", box());
  const named = every.filter((one) => words.every((word) => one.dataset.words.includes(word)));
  const meant = named.length ? named : every.filter((one) => words.every((word) => one.dataset.text.includes(word)));
  for (const one of every) { one.hidden = !meant.includes(one); point(one.querySelector("b"), words); }
  const found = choices();
  document.getElementById("macro-count").textContent = found.length + " of " + all("[data-macro][role=option]", box()).length;
  choose(found[0]);
}

/* what was typed, marked in the name */
function point(name, words) {
  const text = name.textContent;
  const seen = words.length ? new RegExp("(" + words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") + ")", "gi") : null;
  name.replaceChildren(...(seen ? text.split(seen) : [text]).filter(Boolean).map((part) => {
    if (!words.includes(part.toLowerCase())) return document.createTextNode(part);
    const mark = document.createElement("mark");
    mark.textContent = part;
    return mark;
  }));
}

/* a preview that stands there already is left alone: what was unticked in it stays unticked */
async function choose(one) {
  choices().forEach((each) => each.setAttribute("aria-selected", each === one));
  if (!one) { drawn = ""; document.getElementById("macro-preview").replaceChildren(); return; }
  if (drawn === opened() + "/" + one.dataset.macro && box().querySelector(".macros__letter")) return;
  find().setAttribute("aria-activedescendant", one.id);
  one.scrollIntoView({ block: "nearest" });
  const mine = ++turn;
  const text = await preview(one.dataset.macro);
  if (mine !== turn || !box()) return;
  document.getElementById("macro-preview").innerHTML = text;
  drawn = opened() + "/" + one.dataset.macro;
  document.getElementById("macro-enter").textContent = box().querySelector("[data-silent]") ? "do it" : "insert";
  const lack = box().querySelector(".macros__lack");
  document.getElementById("macro-missing").textContent = lack ? lack.textContent : "";
}

async function preview(id) {
  const key = opened() + "/" + id;
  if (!known.has(key)) known.set(key, await ask("/macros/" + id + "/preview?conversation=" + opened()));
  return known.get(key);
}

function walk(step) {
  const found = choices();
  choose(found[(found.indexOf(chosen()) + step + found.length) % found.length]);
}

async function insert(then = null) {
  const one = chosen();
  if (!one) return;
  await choose(one);
  if (!box().querySelector(".macros__letter")) return;
  const letter = box().querySelector(".macros__letter");
  const meant = all("[data-step]", box()).filter((each) => each.checked).map((each) => each.value);
  const chips = box().querySelector("[data-chips]");
  drawn = "";
  box().hidden = true;
  if ("silent" in letter.dataset) { perform(one.dataset.macro, meant); return; }
  composer.use(one.dataset.macro, chips ? all("[data-mark]", document.importNode(chips.content, true)).filter((each) => meant.includes(each.dataset.mark)) : []);
  if (composer.isEmpty()) composer.replace(letter.dataset.html); else { composer.write(); composer.insert(letter.dataset.html); }
  if (then !== null && letter.dataset.missing === "0") composer.send(then);
}

/* a macro that writes nothing is done at once, with an undo */
function perform(macro, step) {
  document.getElementById("conversation").focus({ preventScroll: true });
  window.htmx.ajax("POST", "/conversations/" + opened() + "/steps", { source: "#conversation", swap: "none", values: { macro, steps: "shown", step, view: view() } });
}

export function start() {
  document.addEventListener("input", (event) => { if (event.target === find()) narrow(); });
  document.addEventListener("keydown", (event) => {
    if (!isOpen() || !box().contains(event.target)) return;
    if (event.target !== find() && (event.key.startsWith("Arrow") || event.target.closest("a"))) return;
    if (event.key === "ArrowDown") walk(1);
    else if (event.key === "ArrowUp") walk(-1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) insert(event.shiftKey ? "close" : "");
    else if (event.key === "Enter") insert();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-macros]")) { if (isOpen()) close(); else open(); return; }
    const one = event.target.closest("[data-macro][role=option]");
    if (one) { choose(one).then(() => insert()); return; }
    if (isOpen() && !event.target.closest("#macros")) box().hidden = true;
  });
  document.addEventListener("pointerover", (event) => {
    const one = event.target.closest && event.target.closest("[data-macro][role=option]");
    if (one && one !== chosen()) choose(one);
  });
  hear("typed", ({ text }) => {
    if (!/^\/\S*$/.test(text.trim()) || text.trim() !== text.trimStart()) return;
    composer.takeBack(text.length);
    open(text.trim().slice(1));
  });
  hear("changed", () => known.clear());
}
