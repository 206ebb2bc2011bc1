"""Who, when and where of an event, and what a body of many holds."""

import json

import msgspec
import pytest

from tests.events.samples import CONTEXT, FIXTURES, order, read
from tillside.base.errors import Refused, TooLarge, Undecodable
from tillside.events import batch, event, fast, people
from tillside.events.notes import MOST_NOTES, Notes

ME = {"uid": "u1", "email": "Ada@Example.com", "firstName": "Ada"}


def page_view(**more: object) -> dict[str, object]:
    return {"event": "page_view", **more}


def levels(raw: object) -> dict[str, str]:
    return {note.path: note.level for note in read(raw).notes}


@pytest.mark.parametrize(
    "raw",
    [
        page_view(userProperties=ME),
        page_view(user_properties=ME),
        page_view(userProperties=[], user_properties=ME),
        page_view(identity={"email": "Ada@Example.com", "firstName": "Ada"}, uid="u1"),
        {"event": "identify", "properties": ME},
        {"event": "identify", "properties": ME, "userProperties": "00:ff"},
        {"event": "identify", "properties": [], "userProperties": ME},
        page_view(userProperties={"uid": "u1", "email": "Ada@Example.com", "first_name": "Ada"}),
    ],
)
def test_where_traits_are_found(raw: dict[str, object]) -> None:
    reading = read(raw)
    assert reading.traits == {"uid": "u1", "email": "Ada@Example.com", "first_name": "Ada"}
    assert (reading.claims.uid, reading.claims.email) == ("u1", "ada@example.com")
    assert reading.properties == {}


@pytest.mark.parametrize("key", ["userProperties", "user_properties", "userToken"])
def test_a_text_in_place_of_traits_is_the_token(key: str) -> None:
    reading = read(page_view(**{key: "aa:bb"}))
    assert (reading.token, reading.traits, reading.notes.verdict) == ("aa:bb", {}, "accepted")
    assert fast.verdict(json.dumps(page_view(**{key: "aa:bb"})).encode(), CONTEXT)[2].has_token


@pytest.mark.parametrize(
    ("properties", "uid", "email"),
    [
        ({"email": "b@example.com"}, None, "b@example.com"),
        ({"billingEmail": "b@example.com"}, None, "b@example.com"),
        ({"email": "[email protected]", "billing_email": "b@example.com"}, None, "b@example.com"),
        ({"uid": 17}, "17", None),
        ({"uid": True, "email": 5}, None, None),
    ],
)
def test_without_traits_the_properties_say_who(properties: dict[str, object], uid: str | None, email: str | None) -> None:
    claims = read({"event": "add_to_cart", "properties": properties}).claims
    assert (claims.uid, claims.email) == (uid, email)


def test_traits_that_identify_are_not_mixed_with_the_orders_address() -> None:
    claims = read(order(email="gift@example.com")).claims
    assert (claims.uid, claims.email) == ("ada", None)


def test_the_mission_identify_keeps_every_trait_and_says_what_became_of_the_phone() -> None:
    sample = json.loads((FIXTURES / "seed_identify.json").read_text())["properties"]
    reading = read({"event": "identify", "properties": {}, "userProperties": sample})
    assert reading.traits["phone"] == "9977090122" and reading.claims.phone is None, "no number of the region has these digits"
    assert reading.traits["billing_city"] == "harlin" and reading.traits["googleplus"] == "manojgoogle"
    assert {note.path for note in reading.notes} == {"userProperties.phone"}
    indian = event.Reading(currency="INR", region="IN", received_at=CONTEXT.received_at)
    assert event.read({"event": "identify", "userProperties": sample}, indian).claims.phone == "+919977090122"


def test_custom_traits_stay_as_sent_and_blank_ones_say_nothing() -> None:
    sent = {
        "uid": "u",
        "loyaltyTier": "gold",
        "points": 7,
        "roles": ["a"],
        "twitter": "",
        "facebook": None,
        "first_name": "A",
        "firstName": "B",
    }
    traits = read(page_view(userProperties=sent)).traits
    assert traits == {"uid": "u", "loyaltyTier": "gold", "points": 7, "roles": ["a"], "first_name": "B", "first_name_also": "A"}


@pytest.mark.parametrize(
    ("sent", "name", "level"),
    [
        ("order", "order", None),
        ("Page_View", "page_view", "corrected"),
        ("pageView", "page_view", "corrected"),
        (" wishlist shared ", "wishlist shared", "corrected"),
        ("Wishlist Shared", "Wishlist Shared", None),
        *((wrong, "", "refused") for wrong in ("", None, " ", 7, ["order"], "x" * 300)),
    ],
)
def test_event_names(sent: object, name: str, level: str | None) -> None:
    raw = {**order(), "event": sent} if name == "order" else {"event": sent}
    assert read(raw).name == name
    assert levels(raw).get("event") == level


def test_a_batch_inside_a_batch_is_refused() -> None:
    assert levels({"event": "send_batch", "events": []}) == {"event": "refused"}


@pytest.mark.parametrize(
    ("time", "occurred", "sent"),
    [
        ({"sentAt": 1_714_550_400_000}, 1_714_550_400_000, 1_714_550_400_000),
        ({"sentAt": 1_714_550_400_000, "originalTimestamp": 1_600_000_000_000}, 1_600_000_000_000, 1_714_550_400_000),
        ({"sentAt": 1_714_550_400_000, "originalTimestamp": 0}, 1_714_550_400_000, 1_714_550_400_000),
        ({"originalTimestamp": "2020-09-13T12:26:40Z"}, 1_600_000_000_000, None),
        (1_714_550_400_000, 1_714_550_400_000, 1_714_550_400_000),
        ({}, None, None),
        ([], None, None),
        (None, None, None),
        ("", None, None),
        ({"sentAt": None}, None, None),
        ({"sentAt": "soon"}, None, None),
    ],
)
def test_when_an_event_happened(time: object, occurred: int | None, sent: int | None) -> None:
    reading = read(page_view(time=time))
    assert reading.occurred_at == (occurred * 1000 if occurred else CONTEXT.received_at)
    assert (reading.sent_at, reading.has_time) == (sent * 1000 if sent else None, occurred is not None)


def test_an_event_id_is_the_duplicate_key_else_the_content() -> None:
    first, repeated = read(page_view(eventId="e1", sid="a")), read(page_view(eventId="e1", sid="b"))
    assert first.dedup_key == repeated.dedup_key != read(page_view(eventId="e2")).dedup_key
    assert read(page_view(sid="a")).dedup_key == read({"sid": "a", "event": "page_view"}).dedup_key
    assert read(page_view(sid="a")).dedup_key != read(page_view(sid="b")).dedup_key
    assert len(first.dedup_key) == 16


def test_labels_that_are_none_are_left_out_with_a_warning() -> None:
    reading = read(page_view(did=None, sid=17, version={"a": 1}, eventId="x" * 300, appClientId="shop1"))
    assert (reading.device, reading.session, reading.version, reading.event_id, reading.connector_key) == (
        None,
        "17",
        "",
        None,
        "shop1",
    )
    assert {note.path: note.level for note in reading.notes} == {"version": "warning", "eventId": "warning"}


def test_page_and_client_come_from_the_context() -> None:
    whole = json.loads((FIXTURES / "browser_v3_t_add_to_cart.json").read_text())["decoded"]
    reading = read(whole)
    assert reading.page == {"url": "https://shop.example.com/p/1?utm=a", "path": "/p/1", "title": "Test page"}
    assert reading.client == {
        "browser": "Chrome",
        "browser_version": "126",
        "lang": "en-GB",
        "os": "Linux",
        "device": "desktop",
        "timezone": "Asia/Kolkata",
        "user_agent": "Mozilla/5.0 test",
        "screen": "1440×900",
    }
    assert reading.properties == {"id": 42, "quantity": 1}
    odd_contexts: list[object] = [[], "x", {"page": 7, "screen": [], "os": None}]
    for odd in odd_contexts:
        assert (read(page_view(context=odd)).page, read(page_view(context=odd)).client) == ({}, {})


@pytest.mark.parametrize("properties", [[], None, {}, ""])
def test_empty_properties_are_no_fault(properties: object) -> None:
    assert read({"event": "view_cart", "properties": properties}).notes.verdict == "accepted"


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"event": "x", "properties": {f"p{n}": n for n in range(1001)}}, "properties"),
        ({"event": "x", "properties": {"a": {f"p{n}": n for n in range(1001)}}}, "properties.a"),
        (order(**{f"p{n}": n for n in range(1001)}), "properties"),
        (page_view(userProperties={f"p{n}": n for n in range(1001)}), "userProperties"),
        ({"event": "x", "properties": {"k" * 257: 1}}, "properties." + "k" * 40 + "…"),
        ({"event": "x", "properties": {"a": {"é" * 129: 1}}}, "properties.a." + "é" * 40 + "…"),
        ({"event": "x", "properties": ["a"]}, "properties"),
        ({"event": "x", "properties": "text"}, "properties"),
    ],
)
def test_limits_are_refusals_that_name_the_field(raw: dict[str, object], path: str) -> None:
    assert read(raw).notes.verdict == "refused"
    assert next(note.path for note in read(raw).notes if note.level == "refused") == path
    assert fast.verdict(json.dumps(raw).encode(), CONTEXT)[0] == "refused"


def test_what_is_just_within_the_limits_passes() -> None:
    raw = {"event": "x", "properties": {**{f"p{n}": n for n in range(999)}, "é" * 128: 1}}
    assert fast.verdict(json.dumps(raw).encode(), CONTEXT)[0] == "accepted"
    text = json.dumps(page_view(properties={"a": "x" * (256 * 1024 - 60)})).encode()
    room = 256 * 1024 - len(text)
    fits = json.dumps(page_view(properties={"a": "x" * (256 * 1024 - 60 + room)})).encode()
    assert len(fits) == 256 * 1024 and fast.verdict(fits, CONTEXT)[0] == "accepted"
    verdict, notes, _ = fast.verdict(fits.replace(b"xx", b"xxx", 1), CONTEXT)
    assert verdict == "refused" and "256 KiB" in notes[0].message


def test_notes_are_bounded_but_a_refusal_is_never_lost() -> None:
    items = [{"id": str(n), "price": "1.50", "quantity": 1} for n in range(300)]
    notes = read(order(items=[*items, {"id": "x", "price": "1,50", "quantity": 1}])).notes
    assert len(notes) == MOST_NOTES + 1 and notes.verdict == "refused"
    assert notes[-1].path == "properties.items[300].price"


def test_a_batch_is_taken_apart() -> None:
    first, second = {"event": "page_view"}, order()
    text = json.dumps({"event": "send_batch", "appClientId": "t10", "platform": "Magento", "version": "1.0.2", "events": [first, second]})
    found = batch.split_batch(text.encode())
    assert [json.loads(bytes(raw)) for raw in found.events] == [first, second]
    assert (found.is_batch, found.name, found.connector_key, found.platform, found.version) == (
        True,
        "send_batch",
        "t10",
        "Magento",
        "1.0.2",
    )


def test_a_single_event_is_a_batch_of_one() -> None:
    text = json.dumps({"event": "page_view", "appClientId": "t10", "userToken": "aa:bb"}).encode()
    found = batch.split_batch(text)
    assert (found.is_batch, found.connector_key, found.token) == (False, "t10", "aa:bb")
    assert [bytes(raw) for raw in found.events] == [text]


def test_odd_batches_keep_their_events_exactly() -> None:
    odd = b'{"event":"send_batch","version":7,"events":{'
    odd += b'"0":{"event":"x","properties":{"a":12.50,"b":9007199254740993}},"2":{"event":"y"}}}'
    found = batch.split_batch(odd)
    assert [bytes(raw) for raw in found.events] == [
        b'{"event":"x","properties":{"a":12.50,"b":9007199254740993}}',
        b'{"event":"y"}',
    ]
    assert found.version == "7"
    assert batch.split_batch(b'{"event":"send_batch"}').events == []
    assert batch.split_batch(b'{"event":"send_batch","events":[]}').events == []


def test_a_broken_event_inside_a_batch_leaves_the_others_alone() -> None:
    text = b'{"events":[{"event":"page_view"},{"event":"x","properties":{"a":"\\ud800","b":1e400}},7,null]}'
    verdicts = [fast.verdict(bytes(raw), CONTEXT)[0] for raw in batch.split_batch(text).events]
    assert verdicts == ["accepted", "corrected", "refused", "refused"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"[]", Refused),
        (b'"x"', Refused),
        (b'{"event":"send_batch","events":"x"}', Refused),
        (b"{", Undecodable),
        (b"", Undecodable),
        (b'{"events":[1,]}', Undecodable),
        (json.dumps({"events": [{"event": "x"}] * 501}).encode(), TooLarge),
        (b'{"events":' + b"[" * 5000 + b"]" * 5000 + b"}", TooLarge),
    ],
)
def test_a_body_that_is_no_batch_is_refused(text: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        batch.split_batch(text)


def test_five_hundred_events_are_accepted() -> None:
    assert len(batch.split_batch(json.dumps({"events": [{"event": "x"}] * 500}).encode()).events) == 500


def test_an_event_survives_encoding() -> None:
    said = read(order())
    assert msgspec.json.decode(msgspec.json.encode(said))["order"]["number"] == "1001"


def test_a_trait_uid_in_the_token_position_is_not_invented() -> None:
    assert people.find_token({"userProperties": {"uid": "x"}}) is None
    assert people.read_traits({}, Notes(), "") == {}
