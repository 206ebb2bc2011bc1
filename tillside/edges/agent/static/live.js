/* Arrivals: shown at once while nobody touches the list, held behind the pill while somebody does. And which row is open beside it. */
(function () {
  "use strict";
  function isHeld(area) {
    if (document.querySelector('[data-pause][aria-pressed="true"], dialog[open]')) return true;
    var scroller = area.querySelector("[data-scrolls]") || area;
    return area.matches(":hover") || area.contains(document.activeElement) || scroller.scrollTop > 0 || area.getBoundingClientRect().top < 0;
  }
  function take() {
    document.querySelectorAll("[data-held-by]").forEach(function (pill) {
      var area = document.getElementById(pill.dataset.heldBy);
      if (!area || isHeld(area)) return;
      htmx.process(pill); /* a pill swapped in a moment ago is still a plain link: following it would load the whole page */
      pill.click();
    });
  }

  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id === "news") take();
  });

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-pause]");
    if (!button) return;
    var isPaused = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", isPaused);
    if (!isPaused) take();
  });

  /* the row whose detail is drawn in the pane */
  document.addEventListener("htmx:afterSwap", function () {
    var chosen = document.querySelector("[data-chosen]");
    if (!chosen) return;
    /* beside the list it is always in sight; below it, on narrow screens, it is brought there */
    var place = chosen.getBoundingClientRect();
    if (place.top > window.innerHeight - 80 || place.bottom < 80) chosen.scrollIntoView({ block: "start" });
    document.querySelectorAll("tr[data-event]").forEach(function (row) {
      if (row.dataset.event === chosen.dataset.chosen) row.setAttribute("aria-selected", "true");
      else row.removeAttribute("aria-selected");
    });
  });
})();
