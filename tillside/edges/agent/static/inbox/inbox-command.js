/* Ctrl K: every verb of the page by name, and whatever the desk finds by name, number, e-mail or order. */
import { all, ask, opened, pieces } from "./inbox-desk.js";
import { VERBS } from "./inbox-verbs.js";
import * as actions from "./inbox-actions.js";
import * as composer from "./inbox-composer.js";
import * as macros from "./inbox-macros.js";
import * as thread from "./inbox-thread.js";

let timer = null;
let turn = 0;
let found = "";

const sheet = () => document.getElementById("command");
const field = () => document.getElementById("do");
const box = () => document.getElementById("command-list");
const choices = () => all("[role=option]", box());
const chosen = () => choices().find((one) => one.getAttribute("aria-selected") === "true");

export function open() {
  if (sheet().open) return;
  field().value = "";
  found = "";
  sheet().showModal();
  draw();
  field().focus();
}

const fits = (name, words) => words.every((word) => name.toLowerCase().split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word)));

function verbs(words) {
  const hits = VERBS.filter((verb) => (!verb.needs || opened()) && fits(verb.name, words)).slice(0, words.length ? 8 : 6);
  const macroHits = opened() && words.length ? all("[data-macro][role=option]").filter((one) => fits(one.dataset.words, words)).slice(0, 4) : [];
  const actionHits = actions.every().filter((one) => fits(one.dataset.name, words)).slice(0, words.length ? 9 : 3);
  if (!hits.length && !macroHits.length && !actionHits.length) return "";
  const group = pieces('<div class="command__group" role="presentation"></div>').firstChild;
  group.textContent = opened() ? "On this conversation" : "Do";
  const rows = hits.map((verb) => row(verb.icon, verb.name, verb.keys, { verb: verb.name }));
  rows.push(...actionHits.map((one) => row(one.dataset.icon, one.dataset.name, one.dataset.actKey ? [one.dataset.actKey] : [], { take: one.dataset.action })));
  rows.push(...macroHits.map((one) => row("zap", "Macro: " + one.querySelector("b").textContent, ["/"], { use: one.dataset.macro })));
  return [group, ...rows];
}

function row(icon, name, keys, extra) {
  const sprite = document.querySelector(".rail use").getAttribute("href").split("#")[0];
  const made = pieces('<div class="command__one" role="option" aria-selected="false"><svg class="icon" aria-hidden="true"><use></use></svg><span class="cut"></span><span class="command__keys"></span></div>').firstChild;
  made.querySelector("use").setAttribute("href", sprite + "#" + icon);
  made.querySelector(".cut").textContent = name;
  for (const key of keys) { const cap = document.createElement("kbd"); cap.className = "key"; cap.textContent = key; made.querySelector(".command__keys").append(cap); }
  Object.assign(made.dataset, extra);
  return made;
}

function draw() {
  const words = field().value.toLowerCase().split(/\s+/).filter(Boolean);
  box().replaceChildren(...(verbs(words) || []), pieces(found));
  const nothing = !choices().length;
  if (nothing) box().textContent = field().value.trim() ? "Nothing by that name. Numbers, e-mails and order numbers must be whole." : "";
  choices().forEach((one, at) => { one.id = "command-" + at; });
  choose(choices()[0]);
}

function choose(one) {
  choices().forEach((each) => each.setAttribute("aria-selected", each === one));
  if (!one) { field().removeAttribute("aria-activedescendant"); return; }
  field().setAttribute("aria-activedescendant", one.id);
  one.scrollIntoView({ block: "nearest" });
}

async function look() {
  const mine = ++turn;
  const said = field().value.trim();
  const html = said ? await ask("/command?q=" + encodeURIComponent(said)).catch(() => "") : "";
  if (mine !== turn) return;
  found = html;
  draw();
}

function walk(step) {
  const rows = choices();
  if (rows.length) choose(rows[(rows.indexOf(chosen()) + step + rows.length) % rows.length]);
}

function go(one, isNewTab) {
  if (!one) return;
  sheet().close();
  if (one.dataset.verb) { VERBS.find((verb) => verb.name === one.dataset.verb).run(); return; }
  if (one.dataset.take) { const found = actions.every().find((each) => each.dataset.action === one.dataset.take); if (found) actions.take(found); return; }
  if (one.dataset.use) { macros.open(one.querySelector(".cut").textContent.replace(/^Macro: /, "")); return; }
  if (isNewTab) window.open(one.href, "_blank", "noopener");
  else if (one.dataset.open) thread.open(one.getAttribute("href"));
  else location.href = one.href;
}

export function start() {
  field().addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 120); draw(); });
  field().form.addEventListener("submit", (event) => { event.preventDefault(); });
  sheet().addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") walk(1);
    else if (event.key === "ArrowUp") walk(-1);
    else if (event.key === "Enter") enter(event);
    else return;
    event.preventDefault();
  });
  sheet().addEventListener("click", (event) => {
    if (event.target === sheet()) sheet().close();
    const one = event.target.closest("[role=option]");
    if (one && (!event.ctrlKey && !event.metaKey)) { event.preventDefault(); go(one, false); }
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-command]")) open(); });
  void composer;
}

/* Enter pressed before the answer came waits for it, so that a number typed and entered at once still opens */
async function enter(event) {
  const isNewTab = event.ctrlKey || event.metaKey;
  clearTimeout(timer);
  if (!chosen() || chosen().dataset.verb === undefined) await look();
  go(chosen(), isNewTab);
}
