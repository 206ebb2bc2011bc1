"""Templates made at random that people could have written, each with where its values have to be found again."""

import json
import random
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import pytest
from msgspec import Struct

from tillside.base import placeholders, urls
from tillside.base.errors import Refused

PATHS = ("a", "b.c", "b.list.0", "ticket.customer.name", "order.items", "nobody", "b")
_WORDS = ("", "Order ", "№ ", " – paid", "a\\\\b", "\\u00e9", "\\n", "{{7*7}}", "$1", "{", "}}", " {{ x", "'")


class Draft(Struct, frozen=True):
    """`asked`: the paths in the order they stand."""

    text: str
    asked: list[str]


def json_draft(dice: random.Random) -> Draft:
    asked: list[str] = []
    lines = []
    for number in range(dice.randint(1, 4)):
        if dice.random() < 0.5:
            lines.append(f'"k{number}": {_blank(dice, asked)}')
        else:
            lines.append(f'"k{number}": "{dice.choice(_WORDS)}{_blank(dice, asked)}{dice.choice(_WORDS)}"')
    return Draft("{" + dice.choice((",", ",\n  ")).join(lines) + "}", asked)


def xml_draft(dice: random.Random) -> Draft:
    asked: list[str] = []
    inner = "".join(f'<i n="{_blank(dice, asked)}">{_blank(dice, asked)}</i>' for _ in range(dice.randint(1, 3)))
    head = dice.choice(("", '<?xml version="1.0" encoding="UTF-8"?>\n', "\n  "))
    return Draft(f"{head}<order>{inner}<!-- no value here --></order>\n", asked)


def form_draft(dice: random.Random) -> Draft:
    asked: list[str] = []
    pairs = [f"k{number}={_blank(dice, asked)}" for number in range(dice.randint(1, 4))]
    return Draft(dice.choice(("&", "\n&", "&\r\n  ")).join(pairs), asked)


def url_draft(dice: random.Random) -> Draft:
    asked: list[str] = []
    path = "/".join(_blank(dice, asked) for _ in range(dice.randint(1, 3)))
    return Draft(f"https://shop.example/api/{path}/end?q={_blank(dice, asked)}&r={_blank(dice, asked)}", asked)


def header_draft(dice: random.Random) -> Draft:
    asked: list[str] = []
    return Draft(f"Bearer {_blank(dice, asked)}; {_blank(dice, asked)}", asked)


def read_json(text: str, draft: Draft) -> None:
    document = json.loads(text, parse_constant=_no_constant)
    assert list(document) == [f"k{number}" for number in range(len(document))]
    assert len(document) == len(draft.asked)
    text.encode()


def read_xml(text: str, draft: Draft, words: Sequence[str]) -> None:
    root = ElementTree.fromstring(text.encode())
    found = [value for one in root for value in (one.attrib["n"], one.text or "")]
    assert found == [_in_xml(one) for one in words]
    assert [one.tag for one in root.iter()] == ["order", *["i"] * (len(draft.asked) // 2)]


def read_form(text: str, words: Sequence[str]) -> None:
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, encoding="utf-8", errors="strict")
    assert pairs == [(f"k{number}", one) for number, one in enumerate(words)]
    assert text.isascii()


def read_url(text: str, words: Sequence[str]) -> None:
    if len(text) > urls.LONGEST_URL:
        with pytest.raises(Refused):
            urls.read(text)
        return
    place = urls.read(text)
    assert (place.scheme, place.host, place.port) == ("https", "shop.example", 443)
    split = urlsplit(text)
    steps = [unquote(one) for one in split.path.split("/")]
    assert steps == ["", "api", *["" if one in (".", "..") else one for one in words[:-2]], "end"]
    assert parse_qsl(split.query, keep_blank_values=True) == [("q", words[-2]), ("r", words[-1])]
    assert split.fragment == ""


def words_of(values: dict[str, object], draft: Draft) -> list[str]:
    """What has to be found, in order: blanks carry the default `none`."""
    return [placeholders.words(placeholders.value(values, path), "none") for path in draft.asked]


def _blank(dice: random.Random, asked: list[str]) -> str:
    asked.append(dice.choice(PATHS))
    return dice.choice(("{{%s|none}}", "{{ %s | none }}")) % asked[-1]


def _in_xml(text: str) -> str:
    kept = [one if one in "\t\n\r" or (" " <= one <= "\ud7ff") or ("\ue000" <= one <= "\ufffd") or one > "\uffff" else "\ufffd" for one in text]
    return "".join(kept)


def _no_constant(name: str) -> None:
    raise AssertionError(name)
