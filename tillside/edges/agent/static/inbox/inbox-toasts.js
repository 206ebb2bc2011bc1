/* What was just done, with an undo for ten seconds. It never takes the focus; `z` presses the newest one. */
import { all, hear, pieces } from "./inbox-desk.js";

const box = () => document.getElementById("toasts");

function expire(toast) {
  if (toast.dataset.timed) return;
  toast.dataset.timed = "1";
  setTimeout(() => {
    if (toast.contains(document.activeElement) || toast.matches(":hover")) setTimeout(() => toast.remove(), 5000);
    else toast.remove();
  }, Number(toast.dataset.seconds || 4) * 1000);
}

export function undo() {
  const buttons = all("[data-undo]");
  const last = buttons[buttons.length - 1];
  if (last) last.click();
  return Boolean(last);
}

/* `href`: where it leads, with `more` of what was said; then it stays long enough to be reached */
export function show({ words, href = "", more = "", isPage = false }) {
  const toast = pieces('<div class="toast" data-seconds="' + (href ? 10 : 4) + '"><span></span></div>').firstChild;
  toast.firstChild.textContent = words;
  if (href) {
    toast.firstChild.title = more;
    const link = pieces('<a class="button button--small">Open</a>').firstChild;
    link.href = href;
    if (!isPage) link.dataset.open = "";
    toast.append(link);
  }
  box().replaceChildren(toast);
}

export function start() {
  new MutationObserver(() => all(".toast", box()).forEach(expire)).observe(box(), { childList: true });
  all(".toast", box()).forEach(expire);
  hear("said", show);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-dismiss]");
    if (!link) return;
    event.preventDefault();
    document.getElementById(link.dataset.dismiss).replaceChildren();
  });
}
