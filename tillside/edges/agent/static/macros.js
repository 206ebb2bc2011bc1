/* The page of a macro: values put in at the caret, steps moved by Alt and the arrows, and the focus kept where one works. */
(function () {
  "use strict";
  const page = document.getElementById("macro");
  if (!page) return;
  let last = document.getElementById("html");
  let next = null;  // where the focus goes once the steps are drawn again

  const rows = () => Array.from(document.querySelectorAll("[data-step-row]"));
  const name = (place) => { const row = rows()[Math.max(0, Math.min(place, rows().length - 1))]; return row ? row.querySelector("[data-step-name]") : document.getElementById("new-step"); };

  page.addEventListener("focusin", function (event) { if (event.target.matches("textarea")) last = event.target; });

  page.addEventListener("click", function (event) {
    const value = event.target.closest("[data-value]");
    if (value) {
      last.setRangeText(value.dataset.value, last.selectionStart, last.selectionEnd, "end");
      last.focus();
      return;
    }
    const button = event.target.closest("#steps button[name=do]");
    if (!button) return;
    const place = rows().indexOf(button.closest("[data-step-row]"));
    if ("up" in button.dataset) next = () => name(place - 1);
    else if ("down" in button.dataset) next = () => name(place + 1);
    else if ("drop" in button.dataset) next = () => name(place);
    else next = () => { const row = rows()[rows().length - 1]; return row.querySelector("input:not([type=hidden]), select, textarea") || row.querySelector("[data-step-name]"); };
  });

  page.addEventListener("keydown", function (event) {
    const row = event.target.closest("[data-step-row]");
    if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const button = row.querySelector(event.key === "ArrowUp" ? "[data-up]" : "[data-down]");
    if (button) button.click();
  });

  document.addEventListener("htmx:afterSettle", function () {
    if (!next) return;
    const one = next();
    next = null;
    if (one) one.focus();
  });
})();
