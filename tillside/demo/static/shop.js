/* Tells the tracker what the server says has happened: elements carry data-track with data-properties, nothing else is read.
   Works without the tracker, and the shop works without this file. */
(function () {
  "use strict";

  function read(text) {
    try { return JSON.parse(text); } catch { return {}; }
  }

  function say(method) {
    const panel = window.richpanel;
    if (panel && typeof panel[method] === "function") panel[method].apply(panel, Array.prototype.slice.call(arguments, 1));
  }

  for (const element of document.querySelectorAll("[data-track]")) {
    say("track", element.dataset.track, read(element.dataset.properties || "{}"));
  }
  for (const element of document.querySelectorAll("[data-identify]")) {
    const person = read(element.dataset.identify);
    say("identify", person.uid, person);
  }
  if (document.querySelector("[data-signed-out]")) {
    say("atr", "onload", function () { say("logout"); });
  }

  const guest = document.querySelector("form[data-guest]");
  if (guest) {
    guest.elements.email.addEventListener("change", function () {
      const email = this.value.trim();
      if (email && this.checkValidity()) say("identify", email, { uid: email, email: email });
    });
  }
})();
