/* Dividers between the panes: dragged or moved by arrows, remembered in this browser; and what can be copied. */
import { desk, hear, pocket } from "./inbox-desk.js";

const LEAST = { queue: 240, pane: 240 };
const MOST = { queue: 520, pane: 480 };

function set(name, width) {
  const kept = Math.max(LEAST[name], Math.min(MOST[name], Math.round(width)));
  desk().style.setProperty("--" + name + "-width", kept + "px");
  pocket.set("width:" + name, kept);
}

const part = (name) => document.getElementById(name);
const isTurned = () => getComputedStyle(document.documentElement).direction === "rtl";

function drag(event) {
  const handle = event.target.closest("[data-divider]");
  if (!handle) return;
  event.preventDefault();
  const name = handle.dataset.divider;
  const began = event.clientX;
  const width = part(name).getBoundingClientRect().width;
  const sign = (name === "queue" ? 1 : -1) * (isTurned() ? -1 : 1);
  const move = (now) => set(name, width + sign * (now.clientX - began));
  handle.setPointerCapture(event.pointerId);
  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", () => handle.removeEventListener("pointermove", move), { once: true });
}

export async function copy(text, said) {
  await navigator.clipboard.writeText(text);
  document.dispatchEvent(new CustomEvent("inbox:said", { detail: { words: said } }));
}

export function start() {
  for (const name of ["queue", "pane"]) {
    const kept = pocket.get("width:" + name);
    if (kept) set(name, kept);
  }
  document.addEventListener("pointerdown", drag);
  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest("[data-divider]");
    if (!handle || !event.key.startsWith("Arrow")) return;
    const name = handle.dataset.divider;
    const sign = (event.key === "ArrowRight" ? 1 : -1) * (name === "queue" ? 1 : -1) * (isTurned() ? -1 : 1);
    set(name, part(name).getBoundingClientRect().width + 16 * sign);
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-text]");
    if (button) copy(button.dataset.copyText, button.dataset.copyText + " copied");
  });
  hear("signed-out", ({ door }) => { location.href = door + "?next=" + encodeURIComponent(location.pathname + location.search); });
}
