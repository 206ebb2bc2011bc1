"""Templates: whatever a value holds, it stays in its place, and what was saved can always be read by who receives it."""

import ipaddress
import json
import random
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.base import drafts
from tests.base.naughty import NAUGHTY, POLYGLOTS
from tests.support.receiver import Receiver
from tillside.base import placeholders, template
from tillside.base.errors import Refused, TooLarge
from tillside.base.outbound import Outbound
from tillside.base.template import Kind, check, fill, names

pytestmark = pytest.mark.anyio

OFFICIAL = json.loads((Path(__file__).parent.parent / "fixtures" / "http_target_official_screenshot_template.json").read_text(encoding="utf-8"))
PAIRS = 10_000


def document(*values: Any) -> dict[str, Any]:
    """Values at the paths that drafts ask for."""
    a, b, c, d = (*values, None, None, None, None)[:4]
    return {
        "a": a,
        "b": {"c": b, "list": [c]},
        "ticket": {"customer": {"name": d, "email": a}, "url": "https://desk.example/7"},
        "order": {"items": [a, b]},
    }


def test_the_template_of_the_screenshot_works_unchanged() -> None:
    text = OFFICIAL["request"]["body"]
    assert check(text, "json", ["ticket.*"]) == []
    assert names(text)[:2] == ["ticket.customer.name", "ticket.customer.email"]
    customer = {"name": 'Zoë "Z" \\ O\'Neil', "email": "z@shop.example", "lastOrderNumber": 1001}
    body = fill(text, {"ticket": {"customer": customer, "createdAt": "2026-01-02T03:04:05Z", "url": "https://desk.example/7"}}, "json")
    assert json.loads(body) == {
        "Name": 'Zoë "Z" \\ O\'Neil',
        "Email": "z@shop.example",
        "OrderId": "1001",
        "CreatedAt": "2026-01-02T03:04:05Z",
        "TicketID": "https://desk.example/7",
    }
    assert json.loads(fill(text, {}, "json")) == dict.fromkeys(("Name", "Email", "OrderId", "CreatedAt", "TicketID"), "")


def test_a_placeholder_alone_is_a_json_value() -> None:
    text = '{"n": {{a}}, "list": {{b}}, "none": {{c}}, "yes": {{d}}, "big": {{e}}, "zero": {{f|0}}, "word": {{f|x y}}, "nan": {{g}}}'
    assert check(text, "json") == []
    values = {"a": 1.5, "b": ["x", {"y": None}], "d": True, "e": 2**60, "g": float("nan")}
    assert json.loads(fill(text, values, "json")) == {
        "n": 1.5,
        "list": ["x", {"y": None}],
        "none": None,
        "yes": True,
        "big": str(2**60),
        "zero": 0,
        "word": "x y",
        "nan": None,
    }


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (True, "true"),
        (12, "12"),
        (["a", 2, None], "a, 2, "),
        ({"a": ["é"]}, '{"a": ["é"]}'),
        ([], ""),
        (float("inf"), ""),
        (0, "0"),
    ],
)
def test_a_value_as_text(value: Any, words: str) -> None:
    assert fill("{{a}}", {"a": value}, "text") == words
    assert fill("{{ a | – }}", {"a": value}, "text") == (words or "–")


def test_only_documented_values_are_looked_up() -> None:
    """No attribute, no call, no place before the first of a list."""
    values = {"a": {"b": [10, 20]}, "s": "text"}
    assert fill("{{a.b.1}}{{a.b.9}}{{a.b.-1}}{{s.0}}{{s.upper}}{{a.keys}}{{a.__class__}}{{a.b.__len__}}", values, "text") == "20"


@pytest.mark.parametrize("polyglot", POLYGLOTS)
@pytest.mark.parametrize("kind", ["text", "json", "xml", "header"])
def test_code_of_other_template_languages_is_text(polyglot: str, kind: Kind) -> None:
    """As a value always; in a template unless it happens to be a placeholder, which then is empty like every unknown one."""
    values = {"v": polyglot, "ticket": {"url": "filled", "customer": {"email": "filled"}}}
    around = {"json": '"{{v}}"', "xml": "<a>{{v}}</a>"}.get(kind, "{{v}}")
    filled = fill(around, values, kind)
    read = json.loads(filled) if kind == "json" else ElementTree.fromstring(filled).text if kind == "xml" else filled
    assert read == polyglot
    if not names(polyglot) and kind == "text":
        assert fill(polyglot, values, kind) == polyglot


def test_ten_thousand_pairs_of_template_and_naughty_value_stay_readable() -> None:
    dice = random.Random(4)
    for number in range(PAIRS):
        values = document(*(dice.choice(NAUGHTY) for _ in range(4)))
        if number % 5 == 0:
            _json(drafts.json_draft(dice), values)
        elif number % 5 == 1:
            draft = drafts.xml_draft(dice)
            assert check(draft.text, "xml") == []
            drafts.read_xml(fill(draft.text, values, "xml"), draft, drafts.words_of(values, draft))
        elif number % 5 == 2:
            draft = drafts.form_draft(dice)
            assert check(draft.text, "form") == []
            drafts.read_form(fill(draft.text, values, "form"), drafts.words_of(values, draft))
        elif number % 5 == 3:
            draft = drafts.url_draft(dice)
            assert check(draft.text, "url") == []
            drafts.read_url(fill(draft.text, values, "url"), drafts.words_of(values, draft))
        else:
            _header(drafts.header_draft(dice), values)


def _json(draft: drafts.Draft, values: dict[str, Any]) -> None:
    check(draft.text, "json")
    drafts.read_json(fill(draft.text, values, "json"), draft)


def _header(draft: drafts.Draft, values: dict[str, Any]) -> None:
    assert check(draft.text, "header", field="headers") == []
    line = fill(draft.text, values, "header")
    assert line.startswith("Bearer ") and ";" in line
    assert not any(unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") for mark in line)


async def test_no_value_adds_a_header_line_on_the_wire() -> None:
    client = Outbound(allow=[ipaddress.ip_network("127.0.0.0/8")], ports=range(1, 65536))
    with Receiver() as receiver:
        for value in NAUGHTY:
            header = ("X-Value", fill("a {{v}} b", {"v": value}, "header"))
            url = fill(receiver.url("/p/{{v}}?q={{v}}"), {"v": value}, "url")
            await client.send("GET", url, headers=[header])
        await client.close()
    for got in receiver.got:
        assert [name for name, _ in got.headers] == ["Host", "X-Value", "User-Agent", "Accept-Encoding"]
        assert got.path.startswith("/p/") and got.path.count("/") == 2


ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([v for v in NAUGHTY if isinstance(v, str)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PIECES = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\",
    "{{a}}",
    "{{b.c|x}}",
    '"{{a}}"',
    '"k"',
    "null",
    "1",
    " ",
    "<a>",
    "</a>",
    "<",
    "&",
    "'",
    "<a b='{{a}}'/>",
]
PIECES += [
    "{{a|{}",
    "=",
    "%",
    "%41",
    "k={{a}}",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "\n",
    "é",
    "https://a.example/",
    "?",
    "#",
    "\\u00",
    "-",
    "<?x ",
    "?>",
]
ANY_TEMPLATE = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)
DRAFTS = (drafts.json_draft, drafts.xml_draft, drafts.form_draft)


@st.composite
def nearly_good(draw: st.DrawFn) -> str:
    """A good template with up to two pieces put in or taken out: what stands on the edge of what may be saved."""
    text = draw(st.sampled_from(DRAFTS))(random.Random(draw(st.integers(0, 999)))).text
    for _ in range(draw(st.integers(0, 2))):
        at, gone = draw(st.integers(0, len(text))), draw(st.integers(0, 2))
        text = text[:at] + draw(st.sampled_from(PIECES)) + text[at + gone :]
    return text


@given(ANY_TEMPLATE | nearly_good(), ANY_VALUE, ANY_VALUE)
def test_what_may_be_saved_can_be_read_with_every_value_property(text: str, a: Any, b: Any) -> None:
    """Most random texts are refused; those that are not must hold for everything."""
    readers: dict[Kind, Any] = {"json": json.loads, "xml": _read_xml, "form": _read_form, "url": None, "header": None}
    for kind, read in readers.items():
        try:
            check(text, kind)
        except Refused as refused:
            assert refused.field == "body" and refused.hint
            continue
        filled = fill(text, document(a, b), kind)
        filled.encode()
        if read is not None and filled:
            read(filled)
        if kind == "header":
            assert len(filled.splitlines()) <= 1


@given(ANY_VALUE, ANY_VALUE)
def test_a_value_never_changes_the_shape_of_a_body_property(a: Any, b: Any) -> None:
    values = document(a, b)
    parsed = json.loads(fill('{"x":"<{{a}}|{{b.c}}>","y":{{a}},"z":[{{b.c}}]}', values, "json"))
    assert list(parsed) == ["x", "y", "z"] and len(parsed["z"]) == 1
    assert parsed["x"] == f"<{placeholders.words(a)}|{placeholders.words(b)}>"
    drafts.read_form(fill("k0={{a}}&k1={{b.c}}", values, "form"), [placeholders.words(a), placeholders.words(b)])
    assert len(ElementTree.fromstring(fill("<r><a b='{{a}}'>{{b.c}}</a></r>", values, "xml"))) == 1


@given(st.text())
def test_an_ordinary_text_comes_back_from_every_kind_property(text: str) -> None:
    clean = placeholders.clean(text)
    assert json.loads(fill('"{{a}}"', {"a": text}, "json")) == clean
    assert fill("{{a}}", {"a": text}, "text") == clean
    assert unquote(fill("https://s.example/?{{a}}", {"a": text}, "url").partition("?")[2], errors="strict") == clean


def _read_xml(text: str) -> None:
    ElementTree.fromstring(text.encode())


def _read_form(text: str) -> None:
    parse_qsl(text, keep_blank_values=True, strict_parsing=True)


REFUSED: list[tuple[Kind, str, str]] = [
    ("json", '{"a": "x" "b": 1}', "line 1, column 11"),
    ("json", '{\n  "a": 1,\n}', "line 3, column 1"),
    ("json", '{"a": pre{{b}}}', "line 1, column 7"),
    ("json", '{"a": 1{{b}}}', "line 1, column 8"),
    ("json", '{"a": {{b}}{{c}}}', "line 1, column 12"),
    ("json", "{{{a}}: 1}", "line 1, column 2"),
    ("json", '{"a": "\\{{b}}"}', "line 1, column 8"),
    ("json", '{"a": "\\u00{{b}}"}', "line 1"),
    ("json", '{"a": "{{b}}', "line 1, column 7"),
    ("json", '{"a": "x\ny"}', "line 1, column 9"),
    ("json", '{"a": NaN}', "JSON"),
    ("json", "[" * 60_000, "JSON"),
    ("json", "{} {}", "line 1, column 4"),
    ("xml", "<a>{{b}}", "line 1"),
    ("xml", "<a>&{{b}};</a>", "line 1"),
    ("xml", "<a b={{c}}/>", "line 1"),
    ("xml", "<{{a}}/>", "cannot keep a value"),
    ("xml", "<a><!-- {{b}} --></a>", "cannot keep a value"),
    ("xml", "<a><![CDATA[{{b}}]]></a>", "cannot keep a value"),
    ("xml", "<?x {{b}}?><a/>", "cannot keep a value"),
    ("xml", "<a xmlns:x='{{b}}'/>", "cannot keep a value"),
    ("xml", "<a {{b}}='c'/>", "cannot keep a value"),
    ("xml", "<!DOCTYPE a><a/>", "document type"),
    ("xml", "<?xml version='1.0' encoding='latin-1'?><a/>", "latin-1"),
    ("xml", "{{a}}", "line 1"),
    ("form", "a=%&b={{c}}", "line 1, column 3"),
    ("form", "a=1&&b=2", "not a pair"),
    ("form", "{{a}}", "not a pair"),
    ("url", "{{a}}", "names its host"),
    ("url", "https://{{a}}.example/", "names its host"),
    ("url", "https://shop.example:{{a}}/", "names its host"),
    ("url", "https://shop.example{{a}}", "names its host"),
    ("header", "a\r\nb", "line 1, column 2"),
    ("text", "x" * (template.LONGEST_TEMPLATE + 1), "longer than 64 KB"),
]


@pytest.mark.parametrize(("kind", "text", "place"), REFUSED, ids=lambda one: str(one)[:40])
def test_what_could_never_be_read_is_refused_with_the_place_and_the_fix(kind: Kind, text: str, place: str) -> None:
    with pytest.raises(Refused, match=place) as caught:
        check(text, kind, field="target.body")
    assert caught.value.field == "target.body" and caught.value.hint


def test_what_looks_like_a_placeholder_and_is_none_is_told() -> None:
    assert check("{{ order.id }} {{order id}} {{7*7}} {{", "text") == [
        "{{order id}} is not a placeholder and is sent as it stands.",
        "{{7*7}} is not a placeholder and is sent as it stands.",
        "{{ is not a placeholder and is sent as it stands.",
    ]


def test_names_nobody_knows_are_told() -> None:
    assert check("{{order.id}} {{order.deep.one}} {{ticket.id}} {{ticket.ip}}", "text", ["order.*", "ticket.id"]) == [
        "ticket.ip is not known; it will be empty."
    ]


def test_an_empty_template_sends_nothing() -> None:
    for kind in ("json", "xml", "form", "text", "none"):
        assert check(" \n", kind) == []
        assert fill(" \n", {}, kind) == ""


def test_a_template_never_grows_beyond_a_megabyte() -> None:
    with pytest.raises(TooLarge):
        fill("{{a}}" * 300, {"a": "x" * 10_000}, "text")


def test_no_value_climbs_up_the_path_of_a_url() -> None:
    for value in ("..", ".", "../..", "%2e%2e", "..%2f"):
        filled = fill("https://shop.example/a/{{v}}/.{{v}}/b?{{v}}", {"v": value}, "url")
        assert not any(unquote(step) in (".", "..") for step in urlsplit(filled).path.split("/"))
