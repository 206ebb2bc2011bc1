"""The two forms in which a page loads the desk's tracker: ours, which also stubs `identify`, and the mission's."""

import json
from urllib.parse import quote

_OURS = """
  (function (page) {
    var desk = page.richpanel = page.richpanel || [];
    desk.q = desk.q || [];
    ["track", "identify", "debug", "atr", "ping", "logout", "consent"].forEach(function (name) {
      desk[name] = desk[name] || function () { desk.q.push([name].concat([].slice.call(arguments))); };
    });
  })(window);
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


def stubs() -> str:
    """The recommended snippet, as the desk's connector page prints it: calls made before the tracker is here wait in `richpanel.q`."""
    return _OURS


def loader(desk_url: str, key: str) -> str:
    """The address of the tracker, for the script element that follows the stubs."""
    return f"{desk_url}/v2/j/{quote(key, safe='')}"


def mission_form(desk_url: str, key: str) -> str:
    """The form older integrations use (contract 1.1): no stub for `identify`, a `load` method, a version in the query."""
    return _MISSION % (literal(f"{desk_url}/v2/j/"), literal(key))


def settings(token: str) -> str:
    """Says who is signed in; has to stand before the snippet (contract 1.2)."""
    return f"window.richpanelSettings = {literal(token)};"


def literal(text: str) -> str:
    """A JavaScript string that may stand inside a script element: no way out of it by ``</script>`` or ``<!--``."""
    return json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
