/* @ in a note: names to choose from, by arrows or by going on typing; the editor keeps the focus all the time. */
import { all, hear } from "./inbox-desk.js";
import * as composer from "./inbox-composer.js";

const AT = /(?:^|[\s(])@([\p{L}\p{M}'’-]*(?: [\p{L}\p{M}'’-]*)?)$/u;
let typed = "";

const box = () => document.getElementById("names");
const editor = () => document.getElementById("editor");
const every = () => all("[data-agent-name]", box());
const choices = () => every().filter((one) => !one.hidden);
const chosen = () => choices().find((one) => one.getAttribute("aria-selected") === "true");
const isOpen = () => Boolean(box() && !box().hidden);
const begins = (name, words) => name.toLowerCase().startsWith(words) || name.toLowerCase().split(" ").some((part) => part.startsWith(words));

function look({ text }) {
  const found = box() && composer.mode() === "note" ? text.match(AT) : null;
  if (!found) return close();
  typed = found[1];
  for (const one of every()) one.hidden = !begins(one.dataset.agentName, typed.toLowerCase());
  if (!choices().length) return close();
  box().hidden = false;
  return choose(choices()[0]);
}

function choose(one) {
  every().forEach((each) => each.setAttribute("aria-selected", each === one));
  composer.describe({ "aria-controls": "names", "aria-activedescendant": one.id });
  one.scrollIntoView({ block: "nearest" });
  const found = choices();
  document.getElementById("names-said").textContent = one.dataset.agentName + ", " + (found.indexOf(one) + 1) + " of " + found.length;
}

function close() {
  if (!isOpen()) return;
  box().hidden = true;
  document.getElementById("names-said").textContent = "";
  composer.describe({ "aria-controls": "", "aria-activedescendant": "" });
}

function take(one) {
  const mark = document.createElement("span");
  mark.dataset.agent = one.dataset.agentId;
  mark.textContent = "@" + one.dataset.agentName;
  close();
  composer.takeBack(typed.length + 1);
  composer.insert(mark.outerHTML + "&nbsp;");
}

function walk(step) {
  const found = choices();
  choose(found[(found.indexOf(chosen()) + step + found.length) % found.length]);
}

export function start() {
  hear("typed", look);
  hear("opened", close);
  document.addEventListener("keydown", (event) => {
    if (!isOpen() || event.target !== editor() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") walk(1);
    else if (event.key === "ArrowUp") walk(-1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" || event.key === "Tab") take(chosen());
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("mousedown", (event) => {
    const one = event.target.closest("[data-agent-name]");
    if (!one) return;
    event.preventDefault();
    take(one);
  });
  document.addEventListener("focusout", (event) => { if (event.target === editor()) close(); });
}
