/* The preview of the messenger's settings follows what is typed; its colours are reckoned by the desk, as the real ones are. */
(function () {
  "use strict";
  var form = document.getElementById("messenger");
  var sheet = document.getElementById("preview-colours");
  if (!form || !sheet) return;

  function follow(field) {
    var shown = form.querySelector('[data-preview="' + field.name + '"]');
    if (shown) shown.textContent = field.value.trim() || shown.dataset.empty || "";
    if (field.name === "colour") sheet.href = sheet.href.replace(/\?.*/, "?colour=" + encodeURIComponent(field.value));
    if (field.name === "side") form.querySelector(".preview").dataset.side = field.value;
    if (field.name === "badge") form.querySelector(".preview").dataset.badge = field.value;
  }

  form.addEventListener("input", function (event) { follow(event.target); });
  ["side", "badge"].forEach(function (name) { follow(form.elements[name]); });
})();
