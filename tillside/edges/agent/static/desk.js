/* What links, forms and htmx cannot do: copy buttons, keys, the sheet of keys, the "4 new" pill, and a guess at the time zone. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.dataset.scripted = "";

  /* copy: <button data-copy="id-of-text"><span data-copied="Copied">Copy</span></button> */
  function copy(button) {
    var text = document.getElementById(button.dataset.copy);
    var word = button.querySelector("[data-copied]");
    if (!text || !navigator.clipboard) return;
    navigator.clipboard.writeText(text.innerText.trim()).then(function () {
      var before = word.textContent;
      if (before === word.dataset.copied) return;
      word.textContent = word.dataset.copied;
      setTimeout(function () { word.textContent = before; }, 1600);
    });
  }

  /* sheets: native dialogs keep focus inside. It goes back to where it was; to the menu's own button if it was in a menu that closed */
  function open(id) {
    var sheet = document.getElementById(id);
    if (!sheet || sheet.open) return;
    var before = document.activeElement;
    var menu = before.closest("details.me");
    sheet.addEventListener("close", function () {
      (menu ? menu.querySelector("summary") : before).focus();
    }, { once: true });
    sheet.showModal();
  }

  /* rows: j and k walk the links marked data-row */
  function walk(step) {
    var rows = Array.from(document.querySelectorAll("[data-row]"));
    if (!rows.length) return;
    var at = rows.indexOf(document.activeElement);
    var next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
    if (rows[next]) rows[next].focus();
  }

  /* the pill: an element with data-new counts the stream's events named in it; pressing it (a link) loads what is new */
  function count(pill) {
    var amount = Number(pill.dataset.count || 0) + 1;
    pill.dataset.count = amount;
    pill.hidden = false;
    var word = pill.querySelector("[data-amount]") || pill;
    word.textContent = (amount > 99 ? "99+" : amount) + " new";
  }
  document.addEventListener("htmx:sseMessage", function (event) {
    document.querySelectorAll("[data-new]").forEach(function (pill) {
      if (pill.dataset.new.split(" ").includes(event.detail.type)) count(pill);
    });
  });

  /* menus of a page close when somebody goes on elsewhere; the inbox has keys of its own for its menus */
  var MENUS = "details.me[open], .page details.pick[open]";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy],[data-sheet]");
    if (button && button.dataset.copy) copy(button);
    if (button && button.dataset.sheet) open(button.dataset.sheet);
    document.querySelectorAll(MENUS).forEach(function (menu) {
      if (!menu.contains(event.target) || button) menu.open = false;
    });
  });

  /* the numbers in the rail and the index; the inbox keeps its own by its stream */
  function amount(path, what, place) {
    var numbers = document.querySelectorAll(what);
    if (!numbers.length) return;
    fetch(path, { credentials: "same-origin" }).then(function (answer) {
      return answer.ok ? answer.text() : "";
    }).then(function (text) {
      if (!/^\d+$/.test(text)) return;
      numbers.forEach(function (number) {
        number.textContent = text;
        number.hidden = text === "0";
      });
      if (place && !place.hasAttribute("aria-current")) place.hidden = text === "0";
    }).catch(function () { /* the next look asks again */ });
  }
  function bell() {
    if (document.hidden || document.getElementById("desk")) return;
    amount("/mentions/count", "[data-bell]");
    amount("/approvals/count", "[data-approvals]", document.querySelector("[data-approvals-place]"));
  }
  document.addEventListener("visibilitychange", bell);
  document.addEventListener("htmx:sseMessage", function (event) {
    if (event.detail.type.startsWith("action_run.")) bell();
  });
  bell();

  var isGoing = false;
  function isTyping(target) {
    return target.closest("input, textarea, select, [contenteditable]") !== null;
  }
  function go(key) {
    var place = document.querySelector('[data-go="' + CSS.escape(key) + '"]');
    if (place) place.click();
  }
  var KEYS = {
    "?": function () { open("keys"); },
    "/": function () {
      var search = document.querySelector("[data-search]");
      if (search) { search.focus(); search.select(); } else go("f");
    },
    g: function () { isGoing = true; setTimeout(function () { isGoing = false; }, 1200); },
    j: function () { walk(1); },
    k: function () { walk(-1); },
    n: function () {
      var pill = document.querySelector("[data-new]:not([hidden])");
      if (pill) pill.click();
    },
  };
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      document.querySelectorAll(MENUS).forEach(function (menu) {
        if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
        menu.open = false;
      });
      if (isTyping(event.target)) event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (isGoing) {
      isGoing = false;
      event.preventDefault();
      go(event.key);
    } else if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });

  /* lines of an order in a form: what the chosen ones come to; data-sums says what one, two, three pieces cost */
  document.addEventListener("input", function (event) {
    var lines = event.target.closest("[data-lines]");
    if (!lines) return;
    var total = 0;
    lines.querySelectorAll("[data-sums]").forEach(function (one) {
      var count = one.type === "checkbox" ? Number(one.checked) : Number(one.value);
      total += Number(one.dataset.sums.split(",")[count - 1] || 0);
    });
    var places = Number(lines.dataset.places);
    var digits = (total / Math.pow(10, places)).toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
    var sum = lines.querySelector("[data-lines-sum]");
    sum.textContent = sum.textContent.replace(/\d[\d,.]*/, digits); /* the currency stays as the desk writes it */
  });

  /* an answer to a form that carries a secret: a reload must load the page, not send the form again */
  var address = document.querySelector("[data-address]");
  if (address) history.replaceState(null, "", address.dataset.address);

  /* the wizard: what the browser knows already, where nothing was chosen yet */
  document.querySelectorAll("select[data-guess]").forEach(function (select) {
    var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    var region = (navigator.language.split("-")[1] || "").toUpperCase();
    var guess = select.dataset.guess === "zone" ? zone : region;
    if (Array.from(select.options).some(function (option) { return option.value === guess; })) select.value = guess;
  });
})();
