/* Keys: single letters while no field has the focus, chords everywhere. They press what is on the page; nothing lives here only. */
import { opened, tell } from "./inbox-desk.js";
import { VERBS } from "./inbox-verbs.js";
import * as actions from "./inbox-actions.js";
import * as command from "./inbox-command.js";
import * as composer from "./inbox-composer.js";
import * as list from "./inbox-list.js";
import * as macros from "./inbox-macros.js";
import * as thread from "./inbox-thread.js";

const SINGLE = new Map(VERBS.filter((verb) => verb.keys.length === 1).map((verb) => [verb.keys[0], verb]));
const DOTS = VERBS.filter((verb) => verb.keys.length && verb.keys.every((key) => key === ".")).map((verb) => verb.run);
const isTyping = (target) => target.closest && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]") !== null;
let dots = 0;
let dotTimer = null;
let isStarred = false;

function dot() {
  dots = Math.min(dots + 1, DOTS.length);
  clearTimeout(dotTimer);
  dotTimer = setTimeout(() => { DOTS[dots - 1](); dots = 0; }, 350);
}

function single(event) {
  if (isStarred) {
    isStarred = false;
    if (event.key === "a") { list.pickAll(true); return true; }
  }
  if (event.key === "*") { isStarred = true; setTimeout(() => { isStarred = false; }, 1200); return true; }
  if (event.key === "J" || event.key === "K") { list.walk(event.key === "J" ? 1 : -1, true); return true; }
  if (/^[1-9]$/.test(event.key) && actions.press(event.key)) return true;
  if (event.key === "." && opened()) { dot(); return true; }
  if (event.key === "e" && opened()) { tell("done", { id: opened() }); return true; }
  if (event.key === "n" && !opened()) { list.showNew(); return true; }
  const verb = SINGLE.get(event.key);
  if (!verb || (verb.needs && !opened() && !(list.picked().length && "co".includes(event.key)))) return false;
  verb.run();
  return true;
}

function chord(event) {
  if (event.key.toLowerCase() === "k" && !event.shiftKey) { command.open(); return true; }
  if (event.key === "Enter" && event.target.closest("#composer") && !macros.isOpen()) {
    composer.send(event.shiftKey && composer.mode() !== "note" ? "close" : "");
    return true;
  }
  return false;
}

export function start() {
  let isGoing = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
    let isTaken = false;
    if (event.ctrlKey || event.metaKey) isTaken = chord(event);
    else if (event.key === "Escape" && list.picked().length) { list.pickAll(false); isTaken = true; }
    else if (event.key === "Escape" && event.target.closest("#composer") && !macros.isOpen()) { document.getElementById("conversation").focus({ preventScroll: true }); isTaken = true; }
    else if (event.key === "Enter" && event.target === document.body && !opened()) { list.walk(1); thread.openRow(list.here()); isTaken = true; }
    else if (!isTyping(event.target) && Date.now() - isGoing > 1200) {
      if (event.key === "g") isGoing = Date.now();
      else if (event.key.length === 1 && event.key !== "?") isTaken = single(event);
    } else isGoing = 0;
    if (!isTaken) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
}
