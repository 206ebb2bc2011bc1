/* The form of a target: placeholders are written at the caret, lines are added, the preview follows once it was asked for. */
(function () {
  "use strict";
  var form = document.getElementById("target");
  if (!form) return;

  /* where the caret was last: the body, a header's value, the address */
  var at = form.elements.body;
  form.addEventListener("focusin", function (event) {
    if (event.target.matches("[data-template], #url")) at = event.target;
  });
  function insert(text) {
    if (!at || at.closest("[hidden]") || !at.offsetParent) at = form.elements.url;
    at.setRangeText(text, at.selectionStart, at.selectionEnd, "end");
    at.focus();
    at.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function find(words) {
    form.querySelectorAll("[data-group]").forEach(function (group) {
      var left = 0;
      group.querySelectorAll("[data-words]").forEach(function (one) {
        one.hidden = !words.every(function (word) { return one.dataset.words.includes(word); });
        if (!one.hidden) left += 1;
      });
      group.hidden = !left;
    });
  }

  /* one more line: the first spare one that is hidden, else a copy of the last under the next number */
  function more(kind) {
    var list = form.querySelector('[data-rows="' + kind + '"]');
    var lines = Array.from(list.querySelectorAll(".pairs-list__one"));
    var shown = lines.find(function (one) { return "spare" in one.dataset && one.offsetParent && !Array.from(one.querySelectorAll("input")).some(function (field) { return field.type !== "checkbox" && field.value; }); });
    var line = shown || lines.find(function (one) { return !one.offsetParent; });
    if (!line) {
      line = lines[lines.length - 1].cloneNode(true);
      line.querySelectorAll("input, select").forEach(function (field) {
        field.name = field.name.replace(/-\d+-/, "-" + lines.length + "-");
        if (field.getAttribute("aria-label")) field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+$/, lines.length + 1));
        if (field.type === "checkbox") field.checked = false; else if (field.tagName === "INPUT") field.value = "";
      });
      lines[lines.length - 1].after(line);
    }
    delete line.dataset.spare;
    line.querySelector("input").focus();
  }

  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-insert], [data-more]");
    if (!button) return;
    if (button.dataset.insert) insert(button.dataset.insert);
    else more(button.dataset.more);
  });
  form.addEventListener("input", function (event) {
    if ("pickerFind" in event.target.dataset) find(event.target.value.toLowerCase().split(/\s+/).filter(Boolean));
  });

  /* a desk that does not answer says so where its answer was to stand */
  ["htmx:responseError", "htmx:sendError"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var pane = document.querySelector("#preview .card__body");
      if (!pane || !event.target.closest("#preview")) return;
      var line = pane.querySelector("[data-failed]") || document.createElement("p");
      line.dataset.failed = "";
      line.setAttribute("role", "alert");
      line.className = "field__error";
      line.textContent = "The desk did not answer. Nothing was saved, what you wrote is still here. Try again in a moment.";
      pane.append(line);
    });
  });

  /* once looked at, the preview is drawn anew when one stops typing */
  var timer = null;
  form.addEventListener("input", function (event) {
    if (!document.getElementById("request") || document.getElementById("answer") || "pickerFind" in event.target.dataset) return;
    clearTimeout(timer);
    timer = setTimeout(function () {
      var button = form.querySelector("[formaction='/targets/preview']");
      if (button && !form.querySelector("#preview :focus")) button.click();
    }, 600);
  });
})();
