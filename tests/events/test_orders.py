"""What statements about orders and subscriptions say, quirk by quirk (contract 1.6, 1.7 and section 5)."""

import pytest

from tests.events.samples import CONTEXT, ORDER, order, read, said
from tillside.events import times
from tillside.events.shapes import Facts

DAY_MS = 86_400_000
RECEIVED_MS = CONTEXT.received_at // 1000


def levels(raw: object) -> dict[str, str]:
    return {note.path: note.level for note in read(raw).notes}


def properties(raw: dict[str, object]) -> dict[str, object]:
    inner = raw["properties"]
    assert isinstance(inner, dict)
    return inner


def tracking(fulfillment: Facts) -> object:
    return fulfillment.get("tracking")


def test_a_clean_order_has_nothing_to_note() -> None:
    assert list(read(order()).notes) == []


@pytest.mark.parametrize(
    ("ids", "number"),
    [
        ({"orderId": "000000101"}, "000000101"),
        ({"orderId": 11111}, "11111"),
        ({"orderId": None, "order_id": "W-7"}, "W-7"),
        ({"orderId": None, "id": 450789469}, "450789469"),
        ({"orderId": None, "id": "gid://shopify/Order/450789469"}, "450789469"),
        ({"orderId": "1", "id": "2"}, "1"),
    ],
)
def test_which_id_names_the_order(ids: dict[str, object], number: str) -> None:
    assert said(order(**ids)).number == number


@pytest.mark.parametrize("ids", [{}, {"orderDbKey": 9}, {"orderId": ""}, {"orderId": " "}, {"orderId": {"a": 1}}, {"orderId": True}])
def test_an_order_without_an_order_id_is_refused(ids: dict[str, object]) -> None:
    raw = order(**{"orderId": None, **ids})
    if "orderId" in ids:
        properties(raw)["orderId"] = ids["orderId"]
    assert read(raw).order is None
    assert levels(raw)["properties.orderId"] == "refused"


@pytest.mark.parametrize("said_properties", [[], None, {}, "text", 7, ["a"]])
def test_an_order_without_properties_is_refused(said_properties: object) -> None:
    reading = read({"event": "order", "properties": said_properties})
    assert (reading.order, reading.notes.verdict, reading.notes[0].path) == (None, "refused", "properties")


def test_a_missing_currency_is_the_connectors_and_marked() -> None:
    statement = said(order(currency=None))
    assert (statement.fields["currency"], statement.fields["currency_assumed"]) == ("USD", True)
    assert levels(order(currency=None)) == {"properties.currency": "corrected"}
    status_only = {
        "event": "order_status_update",
        "properties": {"orderId": "1", "status": "shipped"},
        "userProperties": {"uid": "a"},
    }
    assert said(status_only).fields == {"status": "shipped"}


def test_what_is_missing_is_a_warning_only() -> None:
    reading = read({"event": "order", "properties": {"orderId": "1"}})
    assert reading.notes.verdict == "accepted"
    assert [note.path for note in reading.notes] == ["properties.amount", "properties.items", "properties.createdAt"]
    items = [{"id": "1"}, {"id": "2"}, {"sku": "x", "price": 1, "quantity": 1}]
    assert levels(order(items=items)) == {
        "properties.items[2].id": "warning",
        "properties.items[0].price": "warning",
        "properties.items[0].quantity": "warning",
    }


def test_a_local_price_in_an_item_refuses_the_event_with_its_path() -> None:
    raw = order(items=[{"id": "1", "price": 19.4, "quantity": 1}, {"id": "2", "price": "12,50", "quantity": 1}])
    assert levels(raw) == {"properties.items[1].price": "refused"}


@pytest.mark.parametrize("blank", ["", None, [], {}, "   "])
def test_blank_values_make_no_statement(blank: object) -> None:
    raw = order()
    for key in (
        "status",
        "createdAt2",
        "billingCity",
        "items",
        "coupons",
        "shipping_address",
        "amount",
        "fulfillment",
        "myField",
    ):
        properties(raw)[key] = blank
    properties(raw)["createdAt"] = blank
    statement = said(raw)
    assert set(statement.fields) == {"currency", "placed_at", "placed_from"}
    assert (statement.items, statement.fulfillments) == (None, [])


def test_zero_and_false_are_statements() -> None:
    statement = said(order(tipAmount=0, gift_wrap=False, loyalty=0))
    assert statement.fields["tip"] == "0"
    assert statement.fields["custom"] == {"gift_wrap": False, "loyalty": 0}


def test_custom_properties_keep_name_and_value() -> None:
    custom = {"custom_note": "ring twice", "giftMessage": {"from": "Ada", "lines": ["a", ""]}, "score": 4.5, "big": 2**60}
    assert said(order(**custom)).fields["custom"] == {**custom, "big": str(2**60)}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"shipping_address": "1 Test Street\nFlat 2"}, {"shipping_address1": "1 Test Street\nFlat 2"}),
        ({"shippingAddress": ["1 Test Street", "Flat 2"]}, {"shipping_address1": "1 Test Street\nFlat 2"}),
        (
            {"shipping_address": {"address1": "1 Test Street", "city": "Pune"}},
            {"shipping_address1": "1 Test Street", "shipping_city": "Pune"},
        ),
        (
            {"shipping_address_1": "1 Test Street", "shipping_region": "MH"},
            {"shipping_address1": "1 Test Street", "shipping_state": "MH"},
        ),
        (
            {"shippingCity": "Agra", "shipping_address": {"city": "Pune", "gate": "B"}},
            {"shipping_city": "Agra", "custom": {"shipping_address.city": "Pune", "shipping_address.gate": "B"}},
        ),
    ],
)
def test_addresses_come_as_fields_text_lines_or_object(sent: dict[str, object], kept: Facts) -> None:
    statement = said(order(**sent))
    assert {key: value for key, value in statement.fields.items() if key.startswith("shipping") or key == "custom"} == kept


def test_numbers_as_text_are_corrected_everywhere() -> None:
    raw = order(amount="25.00", items=[{"id": 1, "price": "12.5000", "quantity": "2.0000"}], totalWeight="450")
    assert set(levels(raw).values()) == {"corrected"} and len(levels(raw)) == 4
    assert said(raw).items == [{"id": "1", "price": "12.5", "quantity": 2}]
    assert said(order(totalWeight="450 g")).fields["custom"] == {"totalWeight": "450 g"}


def test_items_of_php_lists_with_gaps_and_single_items_are_read() -> None:
    item = {"id": "1", "price": 1, "quantity": 1}
    forms: list[object] = [{"0": item, "2": {**item, "id": "2"}}, item, [item, None, "", []]]
    for sent in forms:
        items = said(order(items=sent)).items
        assert items and items[0] == {"id": "1", "price": "1", "quantity": 1}
    assert levels(order(items=["x"])) == {"properties.items[0]": "refused"}
    assert levels(order(items="x")) == {"properties.items": "refused"}


def test_flat_tracking_alone_is_one_fulfillment_known_by_its_number() -> None:
    flat = {
        "trackingNumber": "1Z",
        "trackingCompany": "UPS",
        "trackingUrl": "https://t.example/1Z",
        "shippingDate": 1_714_644_000_000,
    }
    parcel = {"number": "1Z", "company": "UPS", "url": "https://t.example/1Z", "shipped_at": 1_714_644_000_000_000}
    assert said(order(**flat)).fulfillments == [{"id": "tracking:1Z", "tracking": [parcel]}]
    snake = {"tracking_number": "1Z", "tracking_company": "UPS", "tracking_url": "https://t.example/1Z"}
    statement = said(order(fulfillments=[snake]))
    assert statement.fulfillments[0]["id"] == "tracking:1Z"


def test_flat_tracking_beside_a_list_is_the_same_parcel() -> None:
    listed = [{"id": "f1", "tracking": [{"trackingNumber": "1Z"}]}, {"id": "f2", "tracking": [{"trackingNumber": "2Z"}]}]
    same = said(order(fulfillment=listed, trackingNumber="2Z", trackingUrl="https://t.example"))
    assert [tracking(one) for one in same.fulfillments] == [[{"number": "1Z"}], [{"number": "2Z", "url": "https://t.example"}]]
    other = said(order(fulfillment=[{"id": "f1"}], trackingNumber="3Z"))
    assert other.fulfillments == [{"id": "f1", "tracking": [{"number": "3Z"}]}]
    nameless = said(order(trackingCompany="UPS", shippingDate=1_714_644_000_000))
    assert nameless.fulfillments == []
    assert (nameless.fields["tracking_company"], nameless.fields["shipped_at"]) == ("UPS", 1_714_644_000_000_000)


def test_flat_tracking_inside_a_fulfillment_adds_to_its_parcel_without_changing_it() -> None:
    parcel = {"trackingNumber": "1Z", "trackingCompany": "UPS"}
    flat = {"tracking_number": "1Z", "trackingCompany": "Other", "tracking_url": "https://t.example"}
    fulfillment = said(order(fulfillment=[{"id": "f1", "tracking": [parcel], **flat}])).fulfillments[0]
    assert tracking(fulfillment) == [{"number": "1Z", "company": "UPS", "url": "https://t.example"}]


def test_fulfillments_without_id_are_known_by_tracking_or_place() -> None:
    raw = order(fulfillment=[{"tracking": [{"trackingNumber": "1Z"}]}, {"status": "packed"}, {"tracking": "https://t.example/9"}])
    assert [one["id"] for one in said(raw).fulfillments] == ["tracking:1Z", "place:2", "tracking:https://t.example/9"]
    assert read(raw).notes.verdict == "accepted"


@pytest.mark.parametrize(
    ("flag", "listed", "replaces"),
    [
        (True, [{"id": "f"}], True),
        ("true", [{"id": "f"}], True),
        (1, [{"id": "f"}], True),
        (False, [{"id": "f"}], False),
        (True, [], False),
    ],
)
def test_an_empty_list_never_replaces_fulfillments(flag: object, listed: object, replaces: bool) -> None:
    assert said(order(deleteFulfillmentAndCreate=flag, fulfillment=listed)).replaces_fulfillments is replaces


@pytest.mark.parametrize(("sent", "deleted"), [("f1", "f1"), (17, "17"), ({"order_id": "1"}, None), ([1], None)])
def test_delete_fulfillment_deletes_what_an_id_names_and_nothing_else(sent: object, deleted: str | None) -> None:
    raw = {"event": "delete_fulfillment", "properties": {"orderId": "1", "fulfillmentId": sent}}
    statement = said(raw)
    assert (statement.number, statement.deleted_fulfillment, statement.fields, statement.fulfillments) == ("1", deleted, {}, [])
    assert read(raw).notes.verdict == "accepted"
    assert [note.level for note in read(raw).notes] == ([] if deleted else ["warning"])


def test_delete_fulfillment_without_an_id_is_refused() -> None:
    assert levels({"event": "delete_fulfillment", "properties": {"orderId": "1"}}) == {"properties.fulfillmentId": "refused"}


def test_a_shipment_event_is_an_order_with_one_fulfillment() -> None:
    shipment = {"id": "S1", "orderId": "1", "status": "sent", "tracking_number": "1Z", "items": [{"id": "42", "quantity": 1}]}
    statement = said({"event": "fulfillment", "properties": shipment})
    assert statement.items is None
    assert statement.fulfillments == [{"id": "S1", "status": "sent", "tracking": [{"number": "1Z"}], "items": [{"id": "42", "quantity": 1}]}]


@pytest.mark.parametrize(
    ("changes", "placed", "source"),
    [
        ({"createdAt": 1_600_000_000_000, "processedAt": 1_500_000_000_000}, 1_600_000_000_000, "created"),
        ({"createdAt": None, "processedAt": 1_500_000_000_000}, 1_500_000_000_000, "processed"),
        ({"createdAt": ""}, 1_714_550_400_000, "sent"),
        ({"createdAt": "2020-09-13T12:26:40+00:00"}, 1_600_000_000_000, "created"),
    ],
)
def test_when_an_order_was_placed(changes: dict[str, object], placed: int, source: str) -> None:
    fields = said(order(**changes)).fields
    assert (fields["placed_at"], fields["placed_from"]) == (placed * 1000, source)


def test_an_unreadable_date_is_kept_and_said() -> None:
    raw = order(createdAt="05/01/2025")
    assert said(raw).fields["custom"] == {"createdAt": "05/01/2025"}
    assert levels(raw) == {"properties.createdAt": "warning"}


def test_the_stamp_is_updated_at_else_sent_at_else_arrival_and_never_far_ahead() -> None:
    assert said(order(updatedAt=1_700_000_000_000)).stamp == 1_700_000_000_000_000
    assert said(order()).stamp == 1_714_550_400_000_000
    untimed = {key: value for key, value in order().items() if key != "time"}
    assert said(untimed).stamp == CONTEXT.received_at
    ahead = order(updatedAt=RECEIVED_MS + 9 * DAY_MS)
    assert said(ahead).stamp == CONTEXT.received_at + times.DAY
    assert levels(ahead) == {"properties.updatedAt": "corrected"}
    sent_ahead = {**order(), "time": {"sentAt": RECEIVED_MS + 9 * DAY_MS}}
    assert (read(sent_ahead).occurred_at, said(sent_ahead).stamp) == (CONTEXT.received_at + times.DAY,) * 2
    assert levels(sent_ahead) == {"time.sentAt": "corrected"}


def test_ties_break_by_content_alone() -> None:
    first, again, other = said(order()), said(order()), said(order(status="paid"))
    assert first.tiebreak == again.tiebreak != other.tiebreak
    assert len(first.tiebreak) == 16 and int(first.tiebreak, 16) >= 0


def test_subscriptions_have_their_own_kind_and_dates() -> None:
    sent = {
        "subscriptionId": "sub_1",
        "status": "active",
        "amount": "9.99",
        "currency": "EUR",
        "billingInterval": "month",
        "nextBillingDate": "2025-02-05T00:00:00Z",
        "trial_end": "",
        "end": None,
        "start": 1_736_098_098_000,
        "productName": "Notebook club",
    }
    statement = said({"event": "subscription", "properties": sent, "user_properties": {"uid": "a"}})
    assert (statement.kind, statement.number) == ("subscription", "sub_1")
    assert statement.fields["next_payment_at"] == 1_738_713_600_000_000
    assert (statement.fields["billing_interval"], statement.fields["product_name"]) == ("month", "Notebook club")
    assert statement.fields["start_at"] == 1_736_098_098_000_000
    assert "trial_end_at" not in statement.fields and "end_at" not in statement.fields


def test_a_status_update_keeps_the_old_status_and_states_no_date() -> None:
    sent = {
        "order_id": "7",
        "status": "completed",
        "old_status": "processing",
        "context": "status_change",
        "order_type": "shop_order",
    }
    statement = said({"event": "order_status_update", "properties": sent, "time": {"originalTimestamp": 0, "sentAt": 1_714_550_400_000}})
    assert statement.fields == {
        "status": "completed",
        "old_status": "processing",
        "context": "status_change",
        "order_type": "shop_order",
    }
    assert statement.stamp == 1_714_550_400_000_000


def test_the_sample_with_a_masked_address_identifies_by_uid_alone() -> None:
    masked = "[email protected]"
    raw = {**ORDER, "userProperties": {"uid": "u1", "email": masked}, "properties": {**properties(dict(ORDER)), "email": masked}}
    reading = read(raw)
    assert (reading.claims.uid, reading.claims.email) == ("u1", None)
    assert reading.traits["email"] == masked and reading.order and reading.order.fields["email"] == masked
    assert levels(raw) == {"userProperties.email": "corrected", "properties.email": "corrected"}
