"""The decoding ladder: whatever text a client had, the same text arrives."""

import base64
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillside.base.errors import TooLarge, Undecodable
from tillside.events import decode
from tillside.events.notes import Notes

LATIN_1 = st.text(st.characters(max_codepoint=255))
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def b64(body: bytes) -> str:
    return base64.b64encode(body).decode()


def text_of(value: str) -> str:
    return decode.decode_field(value, limit_bytes=1 << 20).text.decode()


@given(ANY_TEXT)
def test_utf8_arrives_unchanged(text: str) -> None:
    assert text_of(b64(text.encode())) == text.removeprefix("\ufeff")


@given(ANY_TEXT)
def test_android_line_breaks_escaped_slashes_and_the_url_safe_alphabet_change_nothing(text: str) -> None:
    body = text.encode()
    plain = decode.decode_field(b64(body), limit_bytes=1 << 20)
    broken = base64.encodebytes(body).decode()
    assert decode.decode_field(broken, limit_bytes=1 << 20) == plain
    assert decode.decode_field(broken.replace("\n", "\r\n"), limit_bytes=1 << 20) == plain
    assert decode.decode_field(b64(body).replace("/", "\\/"), limit_bytes=1 << 20) == plain
    assert decode.decode_field(base64.urlsafe_b64encode(body).decode().rstrip("="), limit_bytes=1 << 20) == plain


@given(ANY_TEXT.filter(lambda text: any(ord(sign) > 0xFFFF for sign in text)))
def test_cesu8_becomes_the_text_meant(text: str) -> None:
    units = text.encode("utf-16-le")
    body = b"".join(chr(units[at] | units[at + 1] << 8).encode("utf-8", "surrogatepass") for at in range(0, len(units), 2))
    decoded = decode.decode_field(b64(body), limit_bytes=1 << 20)
    assert (decoded.text.decode(), decoded.charset) == (text.removeprefix("\ufeff"), "cesu-8")


@given(LATIN_1)
def test_plain_btoa_of_accents_is_read_as_latin1_unless_it_happens_to_be_utf8(text: str) -> None:
    body = text.encode("latin-1")
    decoded = decode.decode_field(b64(body), limit_bytes=1 << 20)
    expected = text if decoded.charset == "latin-1" else body.decode().removeprefix("\ufeff")
    assert decoded.text.decode() == expected


@pytest.mark.parametrize("name", ["Zoë", "Jürgen Weiß", "Renée Å. Ørsted", "señor"])
def test_names_survive_plain_btoa(name: str) -> None:
    body = json.dumps({"firstName": name}, ensure_ascii=False).encode("latin-1")
    decoded = decode.decode_field(b64(body), limit_bytes=1 << 20)
    assert decoded.charset == "latin-1"
    assert decode.parse_json(decoded.text) == {"firstName": name}


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ('{"event":"order"}', "plain JSON"),
        ("eyJhIjoxfQ%3D%3D", "percent-encoding"),
        ("abc!", "base64 of the JSON"),
        ("a", "base64 of the JSON"),
    ],
)
def test_what_is_no_base64_is_refused_with_advice(value: str, hint: str) -> None:
    with pytest.raises(Undecodable) as refusal:
        decode.decode_field(value, limit_bytes=1 << 20, field="hs")
    assert refusal.value.field == "hs"
    assert hint in refusal.value.hint


def test_a_body_beyond_the_limit_is_refused_and_one_at_the_limit_is_not() -> None:
    assert decode.decode_field(b64(b"x" * 1000), limit_bytes=1000).text == b"x" * 1000
    for size in (1001, 5000):
        with pytest.raises(TooLarge) as refusal:
            decode.decode_field(b64(b"x" * size), limit_bytes=1000)
        assert refusal.value.field == "h"


@given(st.recursive(st.none() | st.booleans() | st.integers() | ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_json_is_read_exactly(value: object) -> None:
    expected = json.loads(json.dumps(value).replace("\\u0000", ""))
    try:
        assert decode.parse_json(json.dumps(value).encode(), depth=100) == expected
    except TooLarge:
        assert json.dumps(value).count("[") + json.dumps(value).count("{") > 100


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_are_exact_whatever_their_length(number: Decimal) -> None:
    literal = format(number, "f")
    assert decode.parse_json(f"[{literal}]".encode()) == [Decimal(literal)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740993", 9007199254740993),
        ("18446744073709551616", 18446744073709551616),
        ("-123456789012345678901234567890", -123456789012345678901234567890),
        ("1e400", Decimal("1e400")),
        ("-0.0", Decimal("-0.0")),
        ('{"a":1,"a":2}', {"a": 2}),
        ("\ufeff{}", {}),
        (' \t\r\n"x" ', "x"),
        ('"\\ud83d\\ude80"', "🚀"),
    ],
)
def test_unusual_json_is_read(text: str, value: object) -> None:
    assert decode.parse_json(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        *("NaN", "[NaN]", "Infinity", "-Infinity", "[1,]", "{,}", '{"a":1,}', "[1 2]", "{1:2}", "{'a':1}", "nul", "tru", "", " "),
        *(
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "0x1",
            "--1",
            '"\t"',
            '"a\x00b"',
            '"\\x"',
            '"\\u12"',
            '"',
            "[",
            "]",
            "{",
            '{"a"',
            '{"a":}',
        ),
        *("[]]", "{}x", "1 2", "//c\n1", "/*c*/1", "1_000", "١", "[" + "9" * 5000 + "]", "1e99999999999999999999", "\u00a01"),
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Undecodable) as refusal:
        decode.parse_json(text.encode())
    assert refusal.value.hint


@pytest.mark.parametrize("body", [b'"\xff"', b'"\xc3"', b'"\xed\xa0\xbd"', b'"\xc0\x80"', b"\xfe\xff\x00{"])
def test_bytes_that_are_no_utf8_are_refused(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode.parse_json(body)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'{"a":"\ud800"}', {"a": "\ufffd"}),
        (r'{"a":"\udc00x"}', {"a": "\ufffdx"}),
        (r'{"a":"\ud83d\ud83d\ude80"}', {"a": "\ufffd🚀"}),
        (r'{"a":"x\u0000y"}', {"a": "xy"}),
        (r'{"a\u0000":["\u0000"]}', {"a": [""]}),
    ],
)
def test_characters_no_text_may_hold_are_replaced_and_said(text: str, value: object) -> None:
    notes = Notes()
    assert decode.parse_json(text.encode(), notes=notes) == value
    assert [note.level for note in notes] == ["corrected"]
    assert notes[0].path.startswith("a") or notes[0].path == ""


@pytest.mark.parametrize("nest", ['{"a":%s}', "[%s]"])
def test_depth_is_limited_exactly(nest: str) -> None:
    text = "1"
    for _ in range(32):
        text = nest % text
    decode.parse_json(text.encode())
    with pytest.raises(TooLarge):
        decode.parse_json((nest % text).encode())


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_absurd_depth_is_refused_not_crashed(depth: int) -> None:
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, r'["\ud800",' + "[" * depth + "]" * depth + "]"):
        with pytest.raises(TooLarge):
            decode.parse_json(text.encode())
    with pytest.raises((TooLarge, Undecodable)):
        decode.parse_json(b"[" * depth)
