/* What can be done with the order: the buttons' keys, the form in a sheet, and the card kept fresh while the shop works. */
import { all, ask, hear, opened, pieces, tell } from "./inbox-desk.js";

const AGAIN = 2000; /* a burst of events asks for the card once, and not every screen at the same moment */
let timer = null;
let isOwed = false;
let isAsking = false;
let wantsMore = false;

const sheet = () => document.getElementById("act");
const card = () => document.getElementById("order-card");

/* Each action of the page once, for the keys and the command bar: those of the card first. */
export function every() {
  const found = new Map();
  for (const one of [...all("#order-pane [data-action]"), ...all("#head [data-action]")]) if (!found.has(one.dataset.action)) found.set(one.dataset.action, one);
  return Array.from(found.values());
}

export function take(one) {
  if (one.dataset.why) { tell("said", { words: one.dataset.name.replace("…", "") + ": " + one.dataset.why }); return; }
  one.click();
}

export function press(key) {
  const found = every().find((one) => one.dataset.actKey === key);
  if (found) take(found);
  return Boolean(found);
}

async function open(link) {
  let html;
  try { html = await ask(link.getAttribute("href")); } catch (error) {
    if (error.status) location.href = link.href; else tell("said", { words: "The desk does not answer. Try again in a moment." });
    return;
  }
  show(html);
  if (!sheet().open) sheet().showModal();
  const first = wrong() || sheet().querySelector(".ask__body :is(input:not([type=hidden]), select, textarea), .ask__body button");
  if (first) { first.focus(); if (first.select) first.select(); }
}

/* the field that is wrong, or the first of a group of them */
function wrong() {
  const one = sheet().querySelector("[aria-invalid]");
  return one && one.matches("fieldset") ? one.querySelector("input:enabled") || one : one;
}

function show(html) {
  sheet().replaceChildren(pieces(html));
}

/* the answer to the form: the sheet closes, or shows what is wrong */
async function send(form) {
  const button = form.querySelector("button:not([type=button])");
  if (button.disabled) return;
  button.disabled = true;
  try {
    const html = await ask(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)) });
    sheet().close();
    const toast = pieces(html).querySelector(".toast");
    tell("said", { words: toast ? toast.firstChild.textContent.trim() : "It is under way." });
    tell("changed", { id: opened() });
    renew();
  } catch (error) {
    button.disabled = false;
    if (error.status === 422 || error.status === 409) {
      show(error.text);
      if (wrong()) wrong().focus();
    } else tell("said", { words: error.status ? "That did not work. Nothing was done." : "The desk does not answer. Try again; it is done once." });
  }
}

/* the card as it is now; asked again where something more happened meanwhile, so that the last word is never missed */
async function renew() {
  if (isAsking) { wantsMore = true; return; }
  isAsking = true;
  try { await replace(); } finally { isAsking = false; }
  if (wantsMore) { wantsMore = false; renew(); }
}

async function replace() {
  const old = card();
  const id = opened();
  if (!old || !id) return;
  const html = await ask("/conversations/" + id + "/orders/" + old.dataset.order + "/news?seen=" + old.dataset.seen).catch(() => "");
  const next = html && pieces(html).getElementById("order-card");
  if (!next || card() !== old || opened() !== id) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.closest("[data-action]") : null;
  old.replaceWith(next);
  window.htmx.process(next);
  const again = focused && next.querySelector('[data-action="' + focused.dataset.action + '"]');
  if (again) again.focus({ preventScroll: true });
}

/* soon, once for a burst, and only while somebody looks */
export function changed() {
  if (document.hidden) { isOwed = true; return; }
  if (timer) return;
  timer = setTimeout(() => { timer = null; renew(); }, AGAIN + Math.random() * AGAIN);
}

/* how many wait for this agent's word, in the rail, the bell and above the notifications; whether there are more than before */
async function count() {
  const amount = await ask("/approvals/count").catch(() => "");
  if (!/^\d+$/.test(amount)) return false;
  const numbers = all("[data-approvals]");
  const before = Number(numbers[0].textContent);
  for (const number of numbers) { number.textContent = amount; number.hidden = amount === "0"; }
  for (const place of all("[data-approvals-place], [data-approvals-note]")) place.hidden = amount === "0";
  tell("bell");
  return Number(amount) > before;
}

/* a run moved on; whoever may approve it hears of it, wherever they are */
async function ran({ id, what, order, conversation, words }) {
  if ((card() && card().dataset.order === order) || conversation === opened()) renew();
  if (!["proposed", "approved", "declined"].includes(what) || !(await count()) || what !== "proposed") return;
  if (document.hidden || conversation !== opened()) tell("said", { words, href: "/runs/" + id, more: words, isPage: true });
  tell("alert", { words, conversation });
}

export function start() {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const close = event.target.closest("#act [data-act-close]");
    if (close || event.target === sheet()) { event.preventDefault(); sheet().close(); return; }
    const disabled = event.target.closest("[data-action][aria-disabled=true]");
    if (disabled) { take(disabled); return; }
    const link = event.target.closest("a[data-ask]");
    if (!link) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#act [data-act-form]")) return;
    event.preventDefault();
    send(event.target);
  });
  sheet().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("select")) return; /* in a field of text it sends; in a choice it would do nothing */
    event.preventDefault();
    event.target.form.requestSubmit();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && isOwed) { isOwed = false; renew(); } });
  document.addEventListener("acted", () => renew());
  hear("ran", ran);
  hear("arrived", changed);
}
