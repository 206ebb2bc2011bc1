/* Rules: lists put in order by hand or by Alt and arrows, an editor that takes new rows without a new page, lists to tick, and a word when
   what was simulated is no longer what stands in the form. Everything here also works by plain buttons. */
(function () {
  "use strict";
  var form = function () { return document.getElementById("rule-form"); };

  function all(what, where) { return Array.from((where || document).querySelectorAll(what)); }
  function say(words) {
    var place = document.getElementById("said");
    if (place && words) place.textContent = words;
  }

  /* order: [data-ordered] holds [data-item]s; each has buttons data-move="up" and "down", and a drop sends data-drop with the new place */
  function press(item, way) {
    var button = item && item.querySelector('[data-move="' + way + '"]:not([aria-disabled="true"])');
    if (button) button.click();
  }

  function drop(item, list, to) {
    var values = {};
    if (item.dataset.act) values.act = item.dataset.act + to; else values.to = to + 1;
    window.htmx.ajax("POST", item.dataset.drop, { source: item.dataset.act ? form() : item, values: values, target: list.dataset.ordered, swap: "outerHTML" });
  }

  document.addEventListener("keydown", function (event) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    var item = event.target.closest("[data-item]");
    if (!item || event.target.matches("select, textarea")) return;
    event.preventDefault();
    press(item, event.key === "ArrowUp" ? "up" : "down");
  });

  var held = null;
  function marks() { all("[data-over]").forEach(function (one) { delete one.dataset.over; }); }
  document.addEventListener("dragstart", function (event) {
    var grip = event.target.closest && event.target.closest("[data-grip]");
    if (!grip) return;
    held = grip.closest("[data-item]");
    held.dataset.dragged = "";
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(held, 16, 16);
  });
  function over(event) {
    var item = held && event.target.closest && event.target.closest("[data-item]");
    if (!item || item.parentNode !== held.parentNode) return null;
    var box = item.getBoundingClientRect();
    return { item: item, side: event.clientY < box.top + box.height / 2 ? "before" : "after" };
  }
  document.addEventListener("dragover", function (event) {
    var place = over(event);
    if (!place) return;
    event.preventDefault();
    marks();
    place.item.dataset.over = place.side;
  });
  document.addEventListener("drop", function (event) {
    var place = over(event);
    if (!place) return;
    event.preventDefault();
    var list = held.closest("[data-ordered]");
    var items = all("[data-item]", list);
    var from = items.indexOf(held);
    var to = items.indexOf(place.item) + (place.side === "after" ? 1 : 0);
    if (to > from) to -= 1;
    if (to !== from) drop(held, list, to);
  });
  document.addEventListener("dragend", function () {
    marks();
    if (held) delete held.dataset.dragged;
    held = null;
  });

  /* lists to tick: the summary says what is ticked; one is open at a time; Escape gives the focus back */
  function tell(list) {
    var said = all("input:checked", list).map(function (one) { return one.dataset.says; });
    var more = list.querySelector("[data-more]");
    if (more) more.value.split(",").forEach(function (word) { if (word.trim()) said.push(word.trim()); });
    list.querySelector("[data-told]").textContent = said.join(", ") || list.dataset.empty;
  }
  document.addEventListener("toggle", function (event) {
    if (!event.target.matches || !event.target.matches(".blanks") || !event.target.open) return;
    all(".blanks[open]").forEach(function (one) { if (one !== event.target) one.open = false; });
  }, true);
  document.addEventListener("click", function (event) {
    all(".blanks[open]").forEach(function (one) { if (!one.contains(event.target)) one.open = false; });
  });
  document.addEventListener("keydown", function (event) {
    var open = event.key === "Escape" && document.querySelector(".blanks[open]");
    if (!open) return;
    event.preventDefault();
    event.stopPropagation();
    open.open = false;
    open.querySelector("summary").focus();
  }, true);

  /* what was simulated is stale from the first change on; and an answer that is older than what was typed is asked for again */
  var typed = 0;
  document.addEventListener("input", function (event) {
    if (!form() || !form().contains(event.target) && event.target.form !== form()) return;
    typed += 1;
    if (event.target.closest(".blanks")) tell(event.target.closest(".blanks"));
    stale();
  });
  function stale() {
    var editor = document.getElementById("editor");
    if (editor) editor.dataset.stale = "";
  }
  var moved = "";
  document.addEventListener("htmx:beforeRequest", function (event) {
    var item = event.target.closest && event.target.closest("[data-item]");
    moved = item ? item.id : "";
    event.detail.xhr.typed = typed;
    /* two buttons in one breath: the first answer took away the rows the second was meant for, and htmx then tells nobody; it is asked anew */
    if (event.detail.target.id === "rule") event.detail.xhr.addEventListener("load", function () {
      if (!event.detail.xhr.met && event.detail.xhr.status === 200 && form()) again(event.detail);
    });
  });
  function again(detail) {
    var act = detail.requestConfig.parameters.act;
    window.htmx.ajax("POST", "/rules/drafts", { source: form(), values: act ? { act: act } : {}, target: "#rule", swap: "outerHTML" });
  }
  document.addEventListener("htmx:beforeSwap", function (event) {
    event.detail.xhr.met = true;
    if (event.detail.target.id !== "rule" || event.detail.xhr.typed === typed) return;
    event.detail.shouldSwap = false;
    again(event.detail);
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    var drawn = document.getElementById(event.detail.target.id);
    if (!drawn) return;
    if (drawn.id === "rule") stale();
    say(drawn.dataset.said);
    if (document.activeElement !== document.body) return;
    /* the button that was pressed is gone: on to what it made or moved; after a simulation to what is to be mended, or to what was found */
    var next = drawn.id === "editor" ? drawn.querySelector(".blank--bad, .input--bad") || document.getElementById("trial")
      : document.getElementById(drawn.dataset.focus || moved);
    if (next && next.id === "trial") {
      next.focus({ preventScroll: next.getBoundingClientRect().top < window.innerHeight / 2 });
      return;
    }
    next = next && (next.matches("a, button, select, input") ? next : next.querySelector("select, input, a, button"));
    if (next) next.focus();
  });
})();
