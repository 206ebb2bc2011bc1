/* Menus are details elements: one is open at a time, arrows walk it, Escape closes it and gives the focus back. */
import { all } from "./inbox-desk.js";

const MENU = "details[data-menu]";
const choices = (menu) => all("button:not([disabled]), a[href], input:not([type=hidden]), select", menu).filter((one) => !one.closest("summary") && one.offsetParent);

export function open(name) {
  const menu = document.querySelector('details[data-menu="' + name + '"]');
  if (!menu) return false;
  menu.open = true;
  const first = choices(menu)[0];
  if (first) first.focus();
  return true;
}

export const openOne = () => document.querySelector(MENU + "[open]");

export function close(menu = openOne()) {
  if (!menu) return false;
  const had = menu.contains(document.activeElement);
  menu.open = false;
  if (had) menu.querySelector("summary").focus();
  return true;
}

function walk(menu, step) {
  const found = choices(menu);
  const at = found.indexOf(document.activeElement);
  (found[(at + step + found.length) % found.length] || found[0]).focus();
}

/* A letter shown in an open menu presses its choice: s 1 snoozes until later today. */
function letter(menu, key) {
  const wanted = menu.querySelector('[data-letter="' + CSS.escape(key) + '"]');
  if (!wanted) return false;
  if (wanted.tagName === "INPUT") wanted.focus(); else wanted.click();
  return true;
}

/* a panel that was opened by a menu goes when it is closed, or when its form was taken */
function put(id) {
  const panel = document.getElementById(id);
  if (!panel) return;
  const had = panel.contains(document.activeElement);
  const empty = document.createElement("div");
  empty.id = id;
  panel.replaceWith(empty);
  if (had) document.getElementById("conversation").focus({ preventScroll: true });
}

export function start() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-close]");
    if (!link) return;
    event.preventDefault();
    put(link.dataset.close);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("form[data-closes]");
    if (form && event.detail.successful) put(form.dataset.closes);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "handing" || !event.target.querySelector("form")) return;
    const menu = openOne();
    if (menu) menu.open = false;
    event.target.querySelector("form button").focus();
  });
  /* what a menu of the head covers in part must not be hit by chance */
  document.addEventListener("toggle", (event) => {
    const facts = event.target.closest && event.target.closest(".conversation__top") && document.querySelector(".conversation__facts");
    if (facts) facts.inert = event.target.open;
  }, true);
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches || !event.target.matches(MENU) || !event.target.open) return;
    all(MENU + "[open]").forEach((one) => { if (one !== event.target) one.open = false; });
  }, true);
  document.addEventListener("click", (event) => {
    all(MENU + "[open]").forEach((one) => { if (!one.contains(event.target)) one.open = false; });
  });
  document.addEventListener("submit", (event) => {
    const menu = event.target.closest(MENU) || (event.submitter && event.submitter.closest(MENU));
    if (menu) setTimeout(() => close(menu));
  });
  document.addEventListener("keydown", (event) => {
    const menu = openOne();
    if (!menu || event.ctrlKey || event.metaKey || event.altKey) return;
    const isField = event.target.matches("input, select, textarea");
    if (event.key === "Escape") close(menu);
    else if (event.key === "ArrowDown" && !event.target.matches("select")) walk(menu, 1);
    else if (event.key === "ArrowUp" && !event.target.matches("select")) walk(menu, -1);
    else if (isField || event.key.length !== 1 || !letter(menu, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
}
