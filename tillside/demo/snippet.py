"""The two forms in which a page loads the desk's tracker: ours, which also stubs `identify`, and the mission's."""

import json

_OURS = """
(function (w, d, src) {
  var r = w.richpanel = w.richpanel || [];
  if (r.q) return;
  r.q = [];
  ["track", "identify", "debug", "atr"].forEach(function (name) {
    r[name] = function () { r.q.push([name].concat([].slice.call(arguments))); };
  });
  var s = d.createElement("script");
  s.async = true;
  s.src = src;
  d.head.appendChild(s);
})(window, document, %s);
"""

_MISSION = """
window.richpanel = window.richpanel || [];
window.richpanel.q = [];
["track", "debug", "atr"].forEach(function (name) {
  window.richpanel[name] = function () {
    window.richpanel.q.push([name].concat(Array.prototype.slice.call(arguments)));
  };
});
window.richpanel.load = function (key) {
  var first = document.getElementsByTagName("script")[0];
  var script = document.createElement("script");
  script.type = "text/javascript";
  script.async = true;
  script.src = %s + key + "?version=2.0.0";
  first.parentNode.insertBefore(script, first);
};
richpanel.load(%s);
"""


def snippet(desk_url: str, key: str) -> str:
    """The recommended snippet: calls made before the script arrives wait in `richpanel.q`, `identify` among them."""
    return _OURS % literal(f"{desk_url}/v2/j/{key}")


def mission_form(desk_url: str, key: str) -> str:
    """The form older integrations use (contract 1.1): no stub for `identify`, a `load` method, a version in the query."""
    return _MISSION % (literal(f"{desk_url}/v2/j/"), literal(key))


def settings(token: str) -> str:
    """Says who is signed in; has to stand before the snippet (contract 1.2)."""
    return f"window.richpanelSettings = {literal(token)};"


def literal(text: str) -> str:
    """A JavaScript string that may stand inside a script element: no way out of it by ``</script>`` or ``<!--``."""
    return json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
