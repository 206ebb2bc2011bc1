"""The snippets in use: how each finds the connector's key, and how calls reach the tracker before, between and after loading."""

import json
from pathlib import Path

import pytest

from tests.storefront.peer import KEY, STATIC
from tests.storefront.visit import Visit

MISSION = Path(__file__).parents[3] / "shared" / "seed" / "getting-started.txt"

PARTIAL = """
<script>
  // As existing pages do it: only track, debug and atr wait, and the script is inserted by load.
  var richpanel = window.richpanel || (window.richpanel = []);
  richpanel.q = [];
  ["track", "debug", "atr"].forEach(function (name) {
    richpanel[name] = function () { var call = [].slice.call(arguments); call.unshift(name); richpanel.q.push(call); };
  });
  richpanel.load = function (key) {
    var first = document.getElementsByTagName("script")[0], tag = document.createElement("script");
    tag.async = true; tag.src = "ORIGIN/v2/j/" + key + "?version=2.0.0"; first.parentNode.insertBefore(tag, first);
  };
  richpanel.load("KEY");
</script>
"""


def mission_snippet(visit: Visit) -> str:
    """The mission's own snippet, but for host and key."""
    lines = MISSION.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("window.richpanel||"))
    text = "\n".join(lines[at : at + 2])
    assert text.count("https://api.richpanel.com") == 1
    return f"<script>{text.replace('https://api.richpanel.com', visit.desk.origin).replace('API_KEY', KEY)}</script>"


def partial_snippet(visit: Visit) -> str:
    return PARTIAL.replace("ORIGIN", visit.desk.origin).replace("KEY", KEY)


# A public clone has no mission beside it (decision 33); then the equivalent alone is collected.
SNIPPETS = [partial_snippet, *([mission_snippet] if MISSION.exists() else [])]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_an_existing_snippet_works_as_written(visit: Visit, snippet: object) -> None:
    assert callable(snippet)
    visit.go(visit.shop.page(snippet(visit)))
    assert visit.desk.wait_for("page_view")[0]["appClientId"] == KEY


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_calls_before_the_script_arrives_are_made_in_their_order(visit: Visit, snippet: object) -> None:
    assert callable(snippet)
    visit.desk.script_wait.clear()
    calls = "richpanel.track('one', {n: 1}); richpanel.track('two'); richpanel.atr('onload', () => richpanel.track('three'))"
    visit.page.goto(visit.shop.page(snippet(visit) + f"<script>{calls}</script>"), wait_until="commit")
    visit.page.wait_for_function("window.richpanel && richpanel.q.length === 3")
    visit.desk.script_wait.set()
    visit.desk.wait_for("three")
    assert [event["event"] for event in visit.desk.events] == ["one", "two", "three", "page_view"]


def test_our_snippet_lets_every_method_wait(visit: Visit) -> None:
    visit.desk.script_wait.clear()
    calls = "richpanel.identify('ada-1', {city: 'Ulm'}); richpanel.ping(); richpanel.logout(); richpanel.consent('granted')"
    visit.page.goto(visit.shop.page(visit.snippet() + f"<script>{calls}</script>"), wait_until="commit")
    visit.page.wait_for_function("window.richpanel && richpanel.q.length === 4")
    visit.desk.script_wait.set()
    assert visit.desk.wait_for("identify")[0]["userProperties"] == {"city": "Ulm", "uid": "ada-1"}


def test_a_stub_that_the_shop_kept_still_reaches_the_tracker(visit: Visit) -> None:
    visit.open(after="window.kept = {track: richpanel.track}")
    assert visit.track("kept.track('late', {n: 1})", "late")["properties"] == {"n": 1}


def test_array_like_entries_are_calls_too(visit: Visit) -> None:
    queue = "window.richpanel = []; richpanel.q = []; (function () { richpanel.q.push(arguments) })('track', 'one', {n: 1});"
    visit.go(visit.shop.page(f"<script>{queue}</script>" + visit.loader()))
    assert visit.desk.wait_for("one")[0]["properties"] == {"n": 1}


def test_a_queue_named_queue_is_drained(visit: Visit) -> None:
    queue = "window.richpanel = []; richpanel.queue = [['track', 'identify', null, {uid: 'ada-1'}]];"
    visit.go(visit.shop.page(f"<script>{queue}</script>" + visit.loader()))
    assert visit.desk.wait_for("identify")[0]["userProperties"] == {"uid": "ada-1"}
    visit.track("richpanel.queue.push(['track', 'later'])", "later")


def test_nonsense_in_the_queue_is_passed_over(visit: Visit) -> None:
    queue = "window.richpanel = {q: [null, 7, ['push', 1], ['toString'], [], ['track'], ['track', 'good']]};"
    visit.go(visit.shop.page(f"<script>{queue}</script>" + visit.loader()))
    visit.desk.wait_for("good")


def test_a_page_without_any_snippet_gets_the_methods(visit: Visit) -> None:
    visit.go(visit.shop.page(visit.loader()))
    visit.track("richpanel.track('one')", "one")


def test_a_snippet_that_runs_twice_loses_no_call_and_counts_no_page_twice(visit: Visit) -> None:
    visit.open_and_view()
    again = partial_snippet(visit).partition("<script>")[2].partition("</script>")[0]
    visit.page.evaluate(again + "; richpanel.track('between')")
    visit.desk.wait_for("between")
    visit.track("richpanel.track('after')", "after")
    visit.settle()
    assert [len(visit.desk.named(name)) for name in ("page_view", "between", "after")] == [1, 1, 1]


def test_ensure_rpuid_breaks_nothing(visit: Visit) -> None:
    visit.open(before="window.richpanel = []; window.richpanel.ensure_rpuid = ''")
    visit.desk.wait_for("page_view")


VERSIONED = "/js/" + json.loads((STATIC / "manifest.json").read_text())["file"]


@pytest.mark.parametrize(
    ("before", "path", "attributes"),
    [
        ("", f"/v2/j/{KEY}?version=2.0.0", ""),
        ("", f"/v2/j/{KEY}/", ""),
        ("", f"/js/richpanel-root.js?appClientId={KEY}", ""),
        ("", f"/js/tracking.js?x=1&appClientId={KEY}", ""),
        ("", VERSIONED, f'data-key="{KEY}"'),
        (f"let api_token = '{KEY}'", "/js/richpanel-root.js", ""),
        (f"window.appClientId = '{KEY}'", "/js/tracking.js", ""),
        (f"let api_token = 7; window.appClientId = '{KEY}'", "/js/tracking.js", ""),
        (f"window.tillside = {{key: '{KEY}'}}", "/js/tracking.js", ""),
    ],
)
def test_the_key_is_found(visit: Visit, before: str, path: str, attributes: str) -> None:
    visit.go(visit.shop.page(f"<script>{before}</script>" + visit.loader(path, attributes)))
    assert visit.desk.wait_for("page_view")[0]["appClientId"] == KEY


def test_the_address_of_the_script_is_the_first_word_on_the_key(visit: Visit) -> None:
    visit.go(visit.shop.page("<script>let api_token = 'a'; window.appClientId = 'b'</script>" + visit.loader()))
    assert visit.desk.wait_for("page_view")[0]["appClientId"] == KEY


def test_a_key_with_escaped_letters_is_read(visit: Visit) -> None:
    visit.go(visit.shop.page(visit.loader("/v2/j/paper%20lamps")))
    assert visit.desk.wait_for("page_view")[0]["appClientId"] == "paper lamps"


def test_a_script_that_does_not_know_its_tag_finds_it_among_the_pages_scripts(visit: Visit) -> None:
    run = f"fetch('{visit.desk.origin}/js/tracking.js').then(answer => answer.text()).then(text => setTimeout(text))"
    visit.desk.scripts["/v2/j/" + KEY] = "// the tag is here, the code comes another way"
    visit.go(visit.shop.page(visit.loader() + f"<script>{run}</script>"))
    assert visit.desk.wait_for("page_view")[0]["appClientId"] == KEY


def test_a_page_without_a_key_gets_methods_that_do_nothing(visit: Visit) -> None:
    said: list[str] = []
    visit.page.on("console", lambda message: said.append(message.text))
    visit.page.goto(visit.shop.page(visit.loader("/js/tracking.js")))
    visit.page.wait_for_function("!!(window.richpanel && richpanel.track)")
    visit.call("richpanel.track('one'); richpanel.identify('x'); richpanel.logout()")
    visit.settle()
    assert visit.desk.letters == [] and visit.cookies() == {}
    assert any("no connector key" in line for line in said)
    assert visit.call("return richpanel.ping()") is False


def test_an_unknown_key_gets_methods_that_do_nothing(visit: Visit) -> None:
    stubs = "window.richpanel = {q: [['track', 'one']]}"
    visit.page.goto(visit.shop.page(f"<script>{stubs}</script>" + visit.loader("/v2/j/unknown")))
    visit.page.wait_for_function("richpanel.ping && richpanel.ping() === false")
    visit.call(
        """
        richpanel.track('one', {}); richpanel.identify('x', {}); richpanel.debug(true); richpanel.atr('onload', () => 1);
        richpanel.logout(); richpanel.load('x'); richpanel.syncCartItems(); richpanel.consent('granted');
        """
    )
    visit.settle()
    assert visit.desk.letters == [] and visit.cookies() == {}
    assert visit.call("return richpanel.q.length") == 0


def test_the_quiet_script_leaves_a_working_tracker_alone(visit: Visit) -> None:
    visit.open_and_view()
    visit.page.add_script_tag(url=visit.desk.origin + "/v2/j/unknown")
    visit.track("richpanel.track('still')", "still")


def test_the_snippet_with_integrity_loads_the_versioned_file(visit: Visit) -> None:
    manifest = json.loads((STATIC / "manifest.json").read_text())
    text = (STATIC / "snippet-sri.txt").read_text()
    for name, value in {"origin": visit.desk.origin, "key": KEY, **manifest}.items():
        text = text.replace("{{" + name + "}}", value)
    assert "{{" not in text
    visit.go(visit.shop.page(text))
    assert visit.desk.wait_for("page_view")[0]["appClientId"] == KEY


def test_a_changed_script_is_refused_by_its_integrity(visit: Visit) -> None:
    manifest = json.loads((STATIC / "manifest.json").read_text())
    visit.desk.scripts["/js/" + manifest["file"]] = (STATIC / "tracker.js").read_text() + "window.changed = 1"
    tag = visit.loader("/js/" + manifest["file"], f'data-key="{KEY}" crossorigin="anonymous" integrity="{manifest["integrity"]}"')
    visit.page.goto(visit.shop.page(tag))
    visit.settle()
    assert visit.call("return [typeof window.changed, typeof window.richpanel]") == ["undefined", "undefined"]
