"""Every spelling of a property means the same, and docs/events.md lists every one of them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.events.samples import ORDER, order, read, said
from tillside.events import aliases, event, fields
from tillside.events.fields import Field

DOCS = Path(__file__).parents[2] / "docs" / "events.md"
SAMPLE_VALUES: dict[str, object] = {
    "text": "Some text",
    "id": "A-17",
    "money": 12.5,
    "count": 2,
    "measure": 450,
    "currency": "EUR",
    "time": 1_714_550_400_000,
    "email": "ada@example.com",
    "phone": "+12025550123",
    "list of texts": ["one", "two"],
    "yes or no": True,
    "any": [{"name": "Card", "price": 5}],
}


def spellings(field: Field) -> set[str]:
    return {form for wire in field.wire for form in (wire, fields.snake(wire), fields.squashed(wire), wire.upper())}


PLAIN_ORDER_FIELDS = [
    field for field in aliases.SUBSCRIPTION if field.kind != "part" and not field.name.startswith("tracking.") and field.name != "row_id"
]


@pytest.mark.parametrize("field", PLAIN_ORDER_FIELDS, ids=lambda field: field.name)
def test_every_spelling_of_an_order_property_makes_the_same_statement(field: Field) -> None:
    statements = []
    for wire in sorted(spellings(field)):
        without = {official: None for official in (field.wire[0], "orderId") if official == field.wire[0] or "number" in field.name}
        statement = said({**order(**{**without, wire: SAMPLE_VALUES[field.kind]}), "event": "subscription"})
        statements.append((statement.number, statement.db_key, statement.stamp, statement.fields, statement.items))
    assert all(statement == statements[0] for statement in statements)
    assert "custom" not in statements[0][3]


@pytest.mark.parametrize("name", ["item", "fulfillment", "tracking", "traits", "billingAddress", "shippingAddress"])
def test_every_spelling_of_an_inner_property_is_found(name: str) -> None:
    table = fields.table(aliases.TABLES[name])
    for field in aliases.TABLES[name]:
        for wire in spellings(field):
            entry = table.find(wire)
            assert entry and entry.name == field.name, wire


def snake_keys(value: object) -> object:
    if isinstance(value, dict):
        return {fields.snake(key) if key not in ("imageURL",) else "image_url": snake_keys(inner) for key, inner in value.items()}
    return [snake_keys(inner) for inner in value] if isinstance(value, list) else value


def test_the_sample_order_in_snake_case_makes_the_same_statement() -> None:
    snake = {
        **ORDER,
        "properties": snake_keys(ORDER["properties"]),
        "userProperties": snake_keys(ORDER["userProperties"]),
    }
    plain, other = read(ORDER), read(snake)
    assert plain.order and other.order
    assert (plain.order.fields, plain.order.items, plain.order.fulfillments) == (
        other.order.fields,
        other.order.items,
        other.order.fulfillments,
    )
    assert (plain.traits, plain.claims) == (other.traits, other.claims)


@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(random: object) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            pairs = list(value.items())
            random.shuffle(pairs)  # type: ignore[attr-defined]  # hypothesis gives random.Random
            return {key: shuffled(inner) for key, inner in pairs}
        return [shuffled(inner) for inner in value] if isinstance(value, list) else value

    contested = order(order_id="other", financialStatus="paid", paymentStatus="pending", billing_city="Pune", billingCity="Agra")
    for raw in (ORDER, contested):
        one, other = read(raw), read(shuffled(raw))
        assert set(one.notes) == set(other.notes)
        assert structs.replace(one, notes=other.notes) == other


def test_two_spellings_that_differ_lose_nothing() -> None:
    statement = said(order(order_id="other", financialStatus="paid", payment_status="pending", status="", order_status="Processing"))
    assert statement.number == "1001"
    assert statement.fields["payment_status"] == "paid"
    assert statement.fields["status"] == "Processing"
    assert statement.fields["custom"] == {"order_id": "other", "payment_status": "pending"}


def test_two_spellings_that_agree_are_one() -> None:
    raw = order(order_id="1001", amount=25, Amount="25.00")
    assert "custom" not in said(raw).fields
    assert [note.path for note in read(raw).notes] == []


def test_an_unreadable_spelling_gives_way_to_a_readable_one() -> None:
    statement = said(order(status={"label": "x"}, order_status="Processing"))
    assert statement.fields["status"] == "Processing"


def test_the_documentation_lists_every_spelling_and_every_event() -> None:
    text = DOCS.read_text()
    for name, listed in aliases.TABLES.items():
        for field in listed:
            row = next((line for line in text.splitlines() if line.startswith(f"| `{field.name}` |")), "")
            assert row, f"{name}: {field.name} is not documented"
            for wire in field.wire:
                assert f"`{wire}`" in text, f"{name}: {wire} is not documented"
    for known in event.KNOWN_NAMES:
        assert f"`{known}`" in text, f"{known} is not documented"


def test_canonical_names_are_unique_per_table() -> None:
    for name, listed in aliases.TABLES.items():
        names = [field.name for field in listed]
        assert len(names) == len(set(names)), name
        wires = [fields.squashed(wire) for field in listed for wire in field.wire]
        assert len(wires) == len(set(wires)), f"{name}: {json.dumps(wires)}"
