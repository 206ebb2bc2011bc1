"""Whatever arrives, reading answers; and the quick verdict is the full reading's verdict."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events.samples import CONTEXT, ORDER, events_of, fixtures_with_events, order
from tillside.base.errors import Refused
from tillside.events import aliases, decode, event, fast, people
from tillside.events.notes import Notes

NAUGHTY = [
    *("", " ", "undefined", "null", "NaN", "-1", "1/0", "0x0", "1e400", "٣", "½", "$1.00", "1,000.00", "True", "[object Object]"),
    *(
        "Ω≈ç√",
        "田中さん",
        "🏳️‍🌈",
        "\u202etest",
        "Z̮̞̠͙",
        "\ufeff",
        "\u200b",
        "\x7f",
        "\x85",
        "A" * 5000,
        "../../etc/passwd",
        "'; drop table x",
    ),
    *(
        "<script>alert(1)</script>",
        "{{7*7}}",
        "%s%n",
        "${jndi:x}",
        "\r\nX: y",
        "__proto__",
        "constructor",
        "\\",
        '"',
        "gid://x/",
        "2025-02-30",
    ),
]
NUMBERS = [0, -0.0, 1, -1, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, 10**40, 10**4000, 1e15, 1e308, 5e-324, 0.1, 1e-7, -(2**70)]
ENCODE = msgspec.json.Encoder(order="sorted").encode
WIRE_NAMES = sorted({wire for table in aliases.TABLES.values() for field in table for wire in field.wire})

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
) | st.sampled_from([*NAUGHTY, *NUMBERS])
keys = st.sampled_from(WIRE_NAMES) | st.sampled_from(NAUGHTY) | st.text(max_size=10)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6), max_leaves=12)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from([*event.KNOWN_NAMES, "custom", "Order"]) | values,
        "properties": st.dictionaries(keys, values, max_size=10) | values,
        "userProperties": st.dictionaries(keys, values, max_size=6) | values,
        "user_properties": values,
        "identity": values,
        "uid": values,
        "time": st.dictionaries(st.sampled_from(["sentAt", "originalTimestamp"]), values) | values,
        "context": values,
        "eventId": values,
        "did": values,
        "sid": values,
        "version": values,
        "appClientId": values,
        "userToken": values,
    },
)


def agree(text: bytes) -> None:
    """The quick verdict and the quick reading say what the full reading says."""
    notes = Notes()
    verdict, quick, head = fast.verdict(text, CONTEXT)
    try:
        raw = decode.parse_json(text, notes=notes)
    except Refused:
        assert verdict == "refused"
        return
    said = event.read(raw, CONTEXT)  # type: ignore[arg-type]  # what is no object is refused
    for note in said.notes:
        notes.add(note)
    assert (verdict, list(quick)) == (notes.verdict, list(notes))
    if isinstance(raw, dict):
        found = fast.Head(said.name, said.event_id, said.device, said.token is not None, said.connector_key)
        assert head == found
    for token in (None, "aa:bb"):
        full = event.read(people.with_token(raw, token), CONTEXT)
        assert ENCODE(fast.read(text, CONTEXT, token=token)) == ENCODE(full)


@settings(max_examples=400, deadline=None)
@given(envelopes)
def test_any_json_is_answered_and_both_ways_agree(raw: dict[str, Any]) -> None:
    agree(json.dumps(raw).encode())
    event.read(raw, CONTEXT)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_sample_with_one_value_changed_is_judged_the_same_both_ways(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(fixtures_with_events()))
    raw = json.loads(data.draw(st.sampled_from(events_of(name))))
    spot = raw
    while True:
        step = data.draw(st.sampled_from(sorted(spot) if isinstance(spot, dict) else list(range(len(spot)))))
        if not isinstance(spot[step], dict | list) or not spot[step] or data.draw(st.integers(0, 3)) == 0:
            spot[step] = data.draw(values)
            break
        spot = spot[step]
    agree(json.dumps(raw).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(text: bytes) -> None:
    assert fast.verdict(text, CONTEXT)[0] in ("accepted", "corrected", "refused")


@pytest.mark.parametrize("naughty", NAUGHTY)
def test_naughty_text_is_survived_in_every_place(naughty: str) -> None:
    for place in ("properties", "userProperties"):
        listed = aliases.ORDER if place == "properties" else aliases.TRAITS
        for field in listed:
            raw = order()
            inner = raw[place]
            assert isinstance(inner, dict)
            inner[field.wire[0]] = naughty
            agree(json.dumps(raw).encode())


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{len(str(number))} digits {str(number)[:8]}")
def test_huge_numbers_are_survived_in_every_place(number: float) -> None:
    for field in aliases.SUBSCRIPTION:
        agree(json.dumps({**order(**{field.wire[0]: number}), "event": "subscription"}).encode())
        agree(json.dumps(order(**{field.wire[0]: number})).encode())


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "x",
        7,
        {},
        {"event": "order", "properties": {"orderId": "\ud800", "amount": float("nan"), "x": float("inf"), "\udc00": "\x00"}},
        {"event": "\ud800"},
        {"event": "x", "properties": {"a": {1, 2}, "b": b"bytes", "c": object()}},
    ],
)
def test_values_json_cannot_hold_are_survived_too(raw: Any) -> None:
    assert event.read(raw, CONTEXT).notes.verdict in ("accepted", "corrected", "refused")


@pytest.mark.parametrize("depth", [30, 31, 33, 100, 900])
def test_nesting_is_refused_beyond_the_limit(depth: int) -> None:
    value: object = "leaf"
    for _ in range(depth):
        value = {"a": value}
    raw = {"event": "x", "properties": {"deep": value}}
    assert event.read(raw, CONTEXT).notes.verdict == ("refused" if depth > 31 else "accepted")
    assert fast.verdict(json.dumps(raw).encode(), CONTEXT)[0] == ("refused" if depth > 30 else "accepted")


def test_the_clean_sample_takes_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the full reading was asked")

    monkeypatch.setattr(event, "read", never)
    assert fast.verdict(json.dumps(ORDER).encode(), CONTEXT)[0] == "accepted"
    for name in ("page_view", "add_to_cart", "view_product"):
        assert fast.verdict(events_of(f"browser_v3_t_{name}.json")[0], CONTEXT)[0] == "accepted"
