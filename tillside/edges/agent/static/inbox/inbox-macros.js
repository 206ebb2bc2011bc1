/* Macros: `/` opens them, words narrow them, Enter inserts, Ctrl Enter inserts and sends. The list is in the page already. */
import { all, ask, hear, opened } from "./inbox-desk.js";
import * as composer from "./inbox-composer.js";

const known = new Map();
let turn = 0;

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

/* every word typed must begin a word of the name; names that begin with it come first */
function narrow() {
  const words = find().value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const one of all("[data-macro][role=option]", box())) {
    const name = one.dataset.words.split(/[\s:,.()-]+/);
    one.hidden = !words.every((word) => name.some((part) => part.startsWith(word)) || one.dataset.words.includes(word));
  }
  const found = choices();
  document.getElementById("macro-count").textContent = found.length + " of " + all("[data-macro][role=option]", box()).length;
  choose(found[0]);
}

async function choose(one) {
  choices().forEach((each) => each.setAttribute("aria-selected", each === one));
  if (!one) { document.getElementById("macro-preview").replaceChildren(); return; }
  find().setAttribute("aria-activedescendant", one.id);
  one.scrollIntoView({ block: "nearest" });
  const mine = ++turn;
  const text = await preview(one.dataset.macro);
  if (mine !== turn || !box()) return;
  document.getElementById("macro-preview").innerHTML = text;
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
  const letter = box().querySelector(".macros__letter");
  box().hidden = true;
  composer.use(one.dataset.macro);
  if (composer.isEmpty()) composer.replace(letter.dataset.html); else { composer.write(); composer.insert(letter.dataset.html); }
  if (then !== null && letter.dataset.missing === "0") composer.send(then);
}

export function start() {
  document.addEventListener("input", (event) => { if (event.target === find()) narrow(); });
  document.addEventListener("keydown", (event) => {
    if (event.target !== find()) return;
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
