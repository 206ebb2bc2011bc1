/* The open conversation: opened without leaving the page, kept fresh piece by piece, with the place of reading kept. */
import { all, ask, hear, merge, opened, pieces, say, tell, view } from "./inbox-desk.js";
import * as list from "./inbox-list.js";

const AGAIN = 1000;
let isRefreshing = false;
let wantsMore = false;
let turn = 0;
let isOwed = false;
let shown = "";

const main = () => document.getElementById("conversation");
const scroll = () => document.getElementById("scroll");
const isAtEnd = () => !scroll() || Math.abs(scroll().scrollTop) < 40;
const isBare = () => { const editor = document.getElementById("editor"); return !editor || !editor.textContent.trim(); };
const last = () => { const found = all("#thread .message"); return found[found.length - 1]; };

/* Open a conversation by its address; the old one stays until the new one is here. */
export async function open(address, { push = true, focus = "" } = {}) {
  const mine = ++turn;
  const before = opened();
  tell("leaving", { id: before });
  let html;
  try { html = await ask(address); } catch (error) {
    if (mine !== turn) return;
    if (error.status) { location.href = address; return; }
    tell("said", { words: "The desk does not answer. Try again in a moment." });
    return;
  }
  if (mine !== turn) return;
  const arrived = pieces(html);
  const [next, pane] = ["conversation", "pane"].map((id) => arrived.getElementById(id));
  if (!next) { location.href = address; return; }
  main().replaceWith(next);
  if (pane) document.getElementById("pane").replaceWith(pane);
  for (const one of [next, pane]) if (one) window.htmx.process(one);
  document.getElementById("desk").classList.toggle("desk--open", Boolean(opened()));
  const title = (next.dataset.title || (opened() ? "No subject" : "Inbox")) + " · Tillside";
  if (push) history.pushState({ inbox: address }, "", address);
  shown = location.pathname + location.search;
  document.title = title;
  tell("left", { id: before });
  tell("opened", { id: opened() });
  if (focus === "composer") tell("write", { mode: "reply" });
  else next.focus({ preventScroll: true });
}

export const openRow = (row) => row && open(list.address(row));

/* Go on after something was closed, snoozed or sent: to the next of the list, else the one before, else back. */
export function goOn(id = opened()) {
  const next = list.neighbour(1, id) || list.neighbour(-1, id);
  if (next && next.dataset.id !== id) return openRow(next);
  return open(listAddress());
}

const listAddress = () => "/inbox?view=" + encodeURIComponent(view());

export function back() {
  const id = opened();
  return open(listAddress()).then(() => {
    const row = document.getElementById("row-" + id);
    if (row) row.querySelector("[data-row]").focus();
  });
}

/* Bring in what changed here. Menus in use, fields with the focus and forms on their way are left as they are until they are free.
   A desk that does not answer is asked again: else the screen would stay as it was until the next thing happens. */
export async function refresh() {
  if (isRefreshing) { wantsMore = true; return; }
  isRefreshing = true;
  const id = opened();
  try {
    if (id) await renew(id);
  } catch (error) {
    if (error.status === 404) tell("said", { words: "This conversation is gone." });
    else setTimeout(() => { if (opened() === id) refresh(); }, AGAIN);
  } finally { isRefreshing = false; }
  if (wantsMore) { wantsMore = false; refresh(); }
}

async function renew(id) {
  const arrived = pieces(await ask("/conversations/" + id + "/news?view=" + encodeURIComponent(view())));
  if (opened() !== id) return;
  const wasLast = last();
  const wasAtEnd = isAtEnd();
  const thread = document.getElementById("thread");
  all("#thread > [id]").forEach((one) => { one.dataset.kept = ""; });
  const newThread = arrived.getElementById("thread");
  const first = newThread.firstElementChild;
  all("#thread > [id]").forEach((one) => { delete one.dataset.kept; });
  if (first && first.id !== "earlier") merge(thread, newThread);
  else mergeTail(thread, newThread);
  for (const name of ["head", "trust", "asked", "company"]) swap(name, arrived.getElementById(name));
  const now = last();
  if (now && now !== wasLast && (!wasLast || now.id !== wasLast.id)) {
    now.classList.add("message--new");
    tell("message", { by: now.dataset.by, position: Number(now.dataset.position), id, words: now.innerText });
    if (wasAtEnd) scroll().scrollTop = 0;
  }
}

/* who they are is known now: what was closed beside the conversation opens */
async function renewPane(id) {
  const arrived = pieces(await ask("/conversations/" + id + "?view=" + encodeURIComponent(view())));
  if (opened() === id) swap("pane", arrived.getElementById("pane"));
}

/* a long thread: only its end arrived; what was loaded before it stays */
function mergeTail(thread, arrived) {
  const from = arrived.children[1];
  const known = from && document.getElementById(from.id);
  const kept = known ? all(":scope > *", thread).slice(0, Array.from(thread.children).indexOf(known)) : [];
  const whole = document.createElement("div");
  kept.forEach((one) => whole.append(one.cloneNode(true)));
  Array.from(arrived.children).forEach((one) => { if (!kept.length || one.id !== "earlier") whole.append(one); });
  merge(thread, whole);
}

function swap(name, next) {
  const old = document.getElementById(name);
  if (!old || !next || old.isEqualNode(next)) return;
  /* what a form's answer tells is told on the form: one that was replaced meanwhile would tell nobody */
  if (old.querySelector("details[open], .htmx-request") || (old.contains(document.activeElement) && document.activeElement.matches("input, select"))) {
    isOwed = true;
    return;
  }
  const had = old.contains(document.activeElement);
  old.replaceWith(next);
  window.htmx.process(next);
  if (had) main().focus({ preventScroll: true });
}

export const writeSubject = () => { const field = document.getElementById("subject"); if (field) { field.focus(); field.select(); } };

export function start() {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-row], a[data-open], a[data-key='['], a[data-key=']'], a[data-back], #pane .lines__one[href^='/conversations/']:not([hx-get])");
    if (!link || !document.getElementById("rows")) return;
    event.preventDefault();
    if ("back" in link.dataset) back(); else open(link.getAttribute("href"));
  });
  shown = location.pathname + location.search;
  window.addEventListener("popstate", () => {
    const address = location.pathname + location.search;
    if (address !== shown && /^\/(inbox|conversations\/)/.test(address)) open(address, { push: false });
  });
  document.addEventListener("change", (event) => { if (event.target.id === "subject") event.target.form.requestSubmit(); });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "subject" || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") event.target.value = event.target.defaultValue;
    main().focus({ preventScroll: true });
  });
  for (const what of ["focusout", "toggle", "htmx:afterRequest"]) document.addEventListener(what, () => {
    if (isOwed) setTimeout(() => { if (isOwed) { isOwed = false; refresh(); } }, 200);
  }, true);
  document.addEventListener("acted", (event) => {
    const { conversation, moves, draft, returns } = event.detail;
    list.changed([conversation]);
    if (moves && conversation === opened()) goOn(conversation);
    else if ((returns && conversation !== opened()) || (draft && isBare())) open("/conversations/" + conversation + "?view=" + encodeURIComponent(view()), { focus: draft ? "composer" : "" });
    else refresh();
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.target.closest("#desk, #toasts")) tell("said", { words: said(event.detail.xhr.responseText) });
  });
  document.addEventListener("htmx:sendError", () => tell("said", { words: "The desk does not answer. Nothing was changed; try again in a moment." }));
  hear("changed", ({ id }) => { if (id === opened()) refresh(); });
  hear("proved", ({ id }) => { if (id === opened()) renewPane(id).catch(() => {}); });
  hear("done", async ({ id }) => {
    await say("/mentions/completion", { conversation: id }).catch(() => {});
    list.changed([id]);
    if (view() === "mentions") goOn(id);
    else tell("said", { words: "Notes that call you here are done." });
  });
}

/* what an error page says, in one line */
export function said(html) {
  const page = pieces(html);
  const words = all("h1, p", page).slice(0, 3).map((one) => one.textContent.trim()).filter(Boolean);
  return words.join(" ").slice(0, 200) || "That did not work. Nothing was changed.";
}
