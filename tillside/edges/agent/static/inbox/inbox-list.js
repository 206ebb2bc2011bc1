/* The list: which row is open, which are selected, what is new. Nothing moves under the hand. */
import { all, ask, desk, hear, opened, pieces, tell, view } from "./inbox-desk.js";

const box = () => document.getElementById("rows");
const cards = () => all(".row-card", box());
const card = (id) => document.getElementById("row-" + id);
const link = (one) => one && one.querySelector("[data-row]");
const fresh = new Set();
const stale = new Set();
let asking = null;

/* the row with the focus, else the open one */
export function here() {
  const focused = document.activeElement.closest && document.activeElement.closest(".row-card");
  return focused || card(opened());
}

export function walk(step, isExtending = false) {
  const rows = cards();
  const at = rows.indexOf(here());
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step];
  if (!next) return;
  if (isExtending) {
    if (at >= 0) pick(rows[at], true);
    pick(next, true);
  }
  link(next).focus();
}

/* the neighbour of the open conversation, by its place in the list */
export function neighbour(step, id = opened()) {
  const rows = cards().filter((one) => one.dataset.id === id || !one.dataset.gone);
  const at = rows.findIndex((one) => one.dataset.id === id);
  return at < 0 ? rows[0] : rows[at + step];
}

export const address = (one) => link(one).getAttribute("href");

export function mark(id) {
  all('[data-row][aria-current="true"]', box()).forEach((one) => one.removeAttribute("aria-current"));
  const row = card(id);
  if (!row) return;
  link(row).setAttribute("aria-current", "true");
  row.classList.remove("row-card--unread");
  row.scrollIntoView({ block: "nearest" });
}

function pick(row, isPicked) {
  row.querySelector("input[name=id]").checked = isPicked;
  count();
}

export function pickHere() {
  const row = here();
  if (row) pick(row, !row.querySelector("input[name=id]").checked);
}

export function pickAll(isPicked) {
  cards().forEach((row) => { row.querySelector("input[name=id]").checked = isPicked; });
  document.querySelector("[data-every]").value = "";
  count();
}

export const picked = () => all("input[name=id]:checked", box());

function count() {
  const every = document.querySelector("[data-every]").value;
  const amount = every ? every : picked().length;
  document.querySelector("[data-picked]").textContent = amount;
  desk().toggleAttribute("data-picking", Boolean(Number(amount)));
  cards().forEach((row) => row.classList.toggle("row-card--picked", row.querySelector("input[name=id]").checked));
}

function pill() {
  const place = document.getElementById("news");
  if (!fresh.size) return place.replaceChildren();
  const words = (fresh.size > 99 ? "99+" : fresh.size) + " new";
  const button = place.querySelector("button");
  if (button) { button.lastChild.textContent = words; return undefined; }
  const made = pieces('<button class="live-line__new" type="button" data-show-new title="Show the new ones at their place"></button>').firstChild;
  made.append(words);
  place.replaceChildren(made);
  return undefined;
}

/* Ask what became of some rows; one question at a time, and what came meanwhile goes into the next. */
export function changed(ids) {
  ids.forEach((id) => stale.add(id));
  if (!asking) asking = setTimeout(renew, 120);
}

async function renew() {
  const ids = Array.from(stale).slice(0, 100);
  ids.forEach((id) => stale.delete(id));
  try {
    const query = new URLSearchParams(location.pathname === "/inbox" ? location.search : "");
    query.set("view", view());
    query.set("ids", ids.join(","));
    const answer = JSON.parse(await ask("/inbox/rows?" + query));
    counts(answer.counts);
    ids.forEach((id) => place(id, answer.rows[id]));
    pill();
    tell("counted", answer);
  } catch { ids.forEach((id) => stale.add(id)); }
  asking = stale.size ? setTimeout(renew, 500) : null;
}

function counts(known) {
  all("[data-count]").forEach((one) => { one.textContent = known[one.dataset.count] || "0"; });
}

function place(id, html) {
  const row = card(id);
  if (!row && html) fresh.add(id);
  if (!row) { if (!html) fresh.delete(id); return; }
  if (!html) {
    row.dataset.gone = "1";
    row.classList.add("row-card--over");
    if (id !== opened() && !row.matches(":hover, :focus-within")) row.remove();
    return;
  }
  const next = pieces(html).querySelector(".row-card");
  if (id === opened()) link(next).setAttribute("aria-current", "true");
  next.querySelector("input[name=id]").checked = row.querySelector("input[name=id]").checked;
  const hadFocus = row.contains(document.activeElement);
  row.replaceWith(next);
  if (hadFocus) link(next).focus({ preventScroll: true });
}

/* Press the pill: the list as it is now, with what stood at the top of the eye staying there. */
export async function showNew() {
  const query = new URLSearchParams(location.pathname === "/inbox" ? location.search : "");
  query.set("view", view());
  const html = await ask("/inbox?" + query);
  const top = box().scrollTop;
  const anchor = cards().find((row) => row.offsetTop + row.offsetHeight > box().offsetTop + top);
  const before = anchor && anchor.getBoundingClientRect().top;
  const chosen = new Set(picked().map((one) => one.value));
  box().replaceChildren(...pieces(html).querySelector("#rows").children);
  window.htmx.process(box());
  const again = anchor && card(anchor.dataset.id);
  if (again && top > 0) box().scrollTop += again.getBoundingClientRect().top - before;
  cards().forEach((row) => { if (chosen.has(row.dataset.id)) row.querySelector("input[name=id]").checked = true; });
  fresh.clear();
  pill();
  count();
  mark(opened());
}

/* how long each customer waits, counted on without asking */
function tick() {
  const now = Date.now() * 1000;
  all("[data-since]", box()).forEach((one) => { one.textContent = wait(now - Number(one.dataset.since)); });
}

export function wait(span) {
  const minutes = Math.floor(Math.max(span, 0) / 60e6);
  if (minutes < 1) return Math.floor(Math.max(span, 0) / 1e6) + " s";
  if (minutes < 60) return minutes + " min";
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return Math.floor(hours / 24) + " d";
  return hours + " h" + (minutes % 60 ? " " + String(minutes % 60).padStart(2, "0") : "");
}

export function start() {
  box().addEventListener("change", (event) => { if (event.target.name === "id") count(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-new]")) showNew();
    if (event.target.closest("[data-pick-none]")) pickAll(false);
    if (event.target.closest("[data-pick-all]")) {
      pickAll(true);
      document.querySelector("[data-every]").value = document.querySelector('[data-count="' + view() + '"]').textContent.replace(/\D/g, "");
      count();
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.target.id === "bulk" && event.detail.successful) pickAll(false); });
  hear("opened", ({ id }) => mark(id));
  hear("left", ({ id }) => { const row = card(id); if (row && row.dataset.gone) row.remove(); });
  setInterval(tick, 15000);
  setInterval(() => { if (!document.hidden) changed([]); }, 60000); // some counts change with time alone
  count();
}
