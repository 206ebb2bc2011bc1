"""Plainly clean events are read by their types, and nobody can tell from the result."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events.samples import CONTEXT, ORDER, events_of, fixtures_with_events, order
from tests.events.test_hostile import agree
from tillside.events import clean, contact, decode, event, plain
from tillside.events.aliases import FULFILLMENT_TABLE, ITEM_TABLE, ORDER_TABLE, TRACKING_TABLE
from tillside.events.fields import Table
from tillside.projector import reading

ENCODE = msgspec.json.Encoder(order="sorted").encode
FAIR = ["0", "-0", "10", "169.97", "12.50", "2.0000", "0.0", "-0.0", "1e2", "1.5E-7", "0.00000001", "-49.99", "9007199254740992"]
ODD = ["1e15", "9007199254740993", "1e400", "-1e300", "123456789012345678901234567890"]

Drawn = st.SearchStrategy[Any]
numbers = st.sampled_from(FAIR).map("@{}@".format) | st.integers(-1000, 1000)
texts = st.sampled_from(["Ada", "201B, lotus CHS", "", " ", "\u00a0", " x ", "Ω", "\u2003", "😀", "order", '"', "\\"])
ids = st.sampled_from(["1001", "000000101", "#6 42", "Ω-1", "x" * 256]) | st.integers(-3, 2**53)
emails = st.sampled_from(["ada@example.com", "Ada@Example.COM", " ada@example.com", "ä@b.de", ""])
times = st.sampled_from([1_606_758_898_000, 1_795_500_000_000, None])
lists = st.lists(texts, max_size=3)
lines = st.dictionaries(st.sampled_from(["firstName", "city", "state", "stateCode", "postcode", "phone", "company"]), texts | st.none())
FAIR_VALUES: dict[str, Drawn] = {
    "amount": numbers,
    "count": numbers,
    "measure": numbers,
    "read": times,
    "identifier": ids,
    "texts": lists,
    "email": emails | st.none(),
    "flag": st.booleans(),
    "currency": st.sampled_from(["USD", "JPY"]),
}
odd_values = st.one_of(
    st.sampled_from(ODD).map("@{}@".format),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["\t", " 7", "12.5", "12,50", "x" * 257, "gid://shop/7", "usd", "[email protected]", "true", "2020-01-01", "\0", 0, 7, 2**54]
    ),
    st.sampled_from([1_795_600_000_000, 1_606_758_898, True, False, None, [], {}, [None], ["a", 1], {"id": 1}, {"city": 7}]),
)


def official(shape: type[msgspec.Struct], table: Table) -> Drawn:
    """Objects with the names of one shape and values that are nearly all plainly clean."""
    readers = {wire: table[wire].reader.__name__ for wire in shape.__struct_encode_fields__}
    drawn = {wire: FAIR_VALUES.get(reader, texts | st.none()) for wire, reader in readers.items() if reader != "_part"}
    return st.fixed_dictionaries({}, optional=drawn)


items = st.lists(official(plain.Item, ITEM_TABLE).map(lambda item: {"id": "7", "price": 1, "quantity": 1} | item), min_size=1, max_size=3)
parcels = st.lists(official(plain.Parcel, TRACKING_TABLE), max_size=2)
fulfillments = st.lists(
    st.builds(
        lambda fulfillment, tracking, items: {"id": "9", **fulfillment, "tracking": tracking, "items": items},
        official(plain.Fulfillment, FULFILLMENT_TABLE),
        parcels,
        items,
    ),
    max_size=2,
)
orders = st.builds(
    lambda properties, items, sent: {"orderId": "1", "amount": 1, "currency": "USD", **properties, "items": items, "fulfillment": sent},
    official(plain.Order, ORDER_TABLE),
    items,
    fulfillments,
)
traits = st.fixed_dictionaries(
    {},
    optional={
        "uid": ids,
        "email": emails,
        "phone": st.sampled_from(["+1 202 555 0143", "", None]),
        "firstName": texts,
        "billingAddress": lines,
        "shippingAddress": lines,
        "loyaltyTier": texts | st.integers(-9, 9) | st.booleans(),
    },
)
contexts: Drawn = st.sampled_from([{}, {"page": {"url": "https://x/", "n": 1.50}}, {"a": {"b": [{}] * 40}}, [], None])
labels = st.dictionaries(
    st.sampled_from(["eventId", "did", "sid", "version", "appClientId", "userToken"]), texts.filter(lambda text: text != " ")
)
envelopes = st.builds(
    lambda person, sent, where, named: {"userProperties": person, "time": {"sentAt": sent}, "context": where, **named},
    traits | st.sampled_from(["aa:bb", "", [], None]),
    times,
    contexts,
    labels,
)


def spoil(raw: Any, data: st.DataObject) -> None:
    """Put an odd value, or one that belongs elsewhere, in some place."""
    while True:
        steps = sorted(raw) if isinstance(raw, dict) else list(range(len(raw)))
        step = data.draw(st.sampled_from(steps))
        if not isinstance(raw[step], dict | list) or not raw[step] or data.draw(st.integers(0, 5)) == 0:
            raw[step] = data.draw(odd_values)
            return
        raw = raw[step]


def written(raw: object) -> bytes:
    """JSON whose marked numbers stand as they were marked."""
    return re.sub(rb'"@([^"@]+)@"', rb"\1", json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace"))


@settings(max_examples=300, deadline=None)
@given(orders, envelopes, st.data())
def test_an_order_reads_the_same_both_ways(properties: Any, envelope: Any, data: st.DataObject) -> None:
    raw = {"event": "order", "properties": properties, **envelope}
    agree(written(raw))
    spoil(raw, data)
    agree(written(raw))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(event.KNOWN_NAMES),
    st.dictionaries(st.sampled_from(["price", "name", "uid", "email", "url", "on"]), texts | numbers | lists | emails | st.booleans()),
    envelopes,
    st.data(),
)
def test_an_event_of_a_browser_reads_the_same_both_ways(name: str, properties: Any, envelope: Any, data: st.DataObject) -> None:
    raw = {"event": name, "properties": properties, **envelope}
    agree(written(raw))
    spoil(raw, data)
    agree(written(raw))


@pytest.mark.parametrize("literal", [*FAIR, *ODD])
def test_every_number_counts_as_it_is_written(literal: str) -> None:
    marked = f"@{literal}@"
    for name in ("amount", "totalWeight", "taxAmount"):
        agree(written(order(**{name: marked})))
    agree(written(order(items=[{"id": "42", "price": marked, "quantity": marked, "grams": marked}])))


def test_the_sample_order_and_the_trackers_events_are_read_by_their_types() -> None:
    names = [f"browser_v3_t_{name}.json" for name in ("page_view", "add_to_cart", "view_product", "identify")]
    for raw in (json.dumps(ORDER).encode(), *(events_of(name)[0] for name in names)):
        assert ENCODE(clean.read(raw, CONTEXT)) == ENCODE(event.read(decode.parse_json(raw), CONTEXT))  # type: ignore[arg-type]  # these are objects


def test_the_fields_of_every_shape_stand_in_the_order_of_their_names_for_the_hash() -> None:
    for shape in (plain.Envelope, plain.Times, plain.Order, plain.Item, plain.Fulfillment, plain.Parcel):
        assert list(shape.__struct_encode_fields__) == sorted(shape.__struct_encode_fields__), shape


@given(st.from_regex(contact._PLAIN, fullmatch=True))
def test_what_is_plainly_an_address_is_one_by_the_rules(address: str) -> None:
    assert contact._is_address(address)


BODIES = [raw for name in fixtures_with_events() for raw in events_of(name)]


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"userToken": "aa:bb"},
        {"userToken": " "},
        {"userToken": 7},
        {"userProperties": "aa:bb"},
        {"user_properties": "aa:bb"},
        {"userToken": "", "userProperties": "aa:bb"},
        {"appClientId": 7, "platform": ["x"]},
        {"note": "\0"},
    ],
)
def test_a_batch_reads_the_same_event_by_event(envelope: dict[str, object]) -> None:
    events = [*map(json.loads, BODIES), {"event": "page_view", "userToken": "cc:dd"}, "no event", None, 7, []]
    body = json.dumps({"event": "send_batch", **envelope, "events": events}).encode()
    expected = [event.read(raw, CONTEXT) for raw in reading.raw_events(body)]
    assert [ENCODE(one) for one in reading.read_events(body, CONTEXT)] == [ENCODE(one) for one in expected]


@pytest.mark.parametrize(
    "body",
    [
        *BODIES,
        b"[]",
        b"7",
        b'{"event":"send_batch","events":{"0":{"event":"page_view"},"2":{"event":"search"}}}',
        b'{"event":"page_view","events":null,"eventId":"e"}',
        b'{"event":"page_view","events":7}',
        b'{"event":"send_batch","\\u0065vents":[{"event":"page_view"}]}',
        b'{"event":"send_batch","events\\u0000":[{"event":"page_view"}]}',
        b'{"event":"send_batch","events":[{"event":"x"}],"events":[{"event":"y"},{"event":"z\\ud800"}]}',
    ],
)
def test_a_body_reads_the_same_whatever_it_is(body: bytes) -> None:
    expected = [event.read(raw, CONTEXT) for raw in reading.raw_events(body)]
    assert [ENCODE(one) for one in reading.read_events(body, CONTEXT)] == [ENCODE(one) for one in expected]
