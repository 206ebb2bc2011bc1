"""Lines of an order in an action: how many are left, what was paid for them, and which ones somebody means. Pure."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillside.actions import form, items
from tillside.actions.form import Purse

ORDER: dict[str, Any] = {
    "items": [
        {"id": "700", "option_id": "70011", "sku": "NB-DOT", "name": "Dot grid notebook", "price": "12.9", "quantity": 2},
        {"id": "700", "option_id": "70012", "sku": "NB-LINE", "name": "Lined notebook", "price": "12.9", "quantity": 1, "refunded_quantity": 1},
        {"id": "701", "sku": "TAPE", "name": "Washi tape", "total_price": "10", "price": "4", "quantity": 3, "refunded_quantity": 1},
    ]
}
LINES = items.of_order(ORDER, "EUR")
PURSE = Purse("EUR", 5000, LINES, is_known=True)
ASKED = {"type": "object", "properties": {"items": {"type": "array", "title": "Items", "x-items": True}}, "required": ["items"]}


def test_what_is_left_is_what_was_bought_less_what_went_back() -> None:
    assert [(line.name, line.bought, line.left, line.total) for line in LINES] == [
        ("Dot grid notebook", 2, 2, 2580),
        ("Lined notebook", 1, 0, 1290),
        ("Washi tape", 3, 2, 1000),
    ]
    assert len({line.key for line in LINES}) == 3


@pytest.mark.parametrize("quantity", [0, "0", "2.5", -1, "many", True])
def test_what_has_no_whole_number_of_pieces_is_not_offered(quantity: object) -> None:
    assert items.of_order({"items": [{"name": "Ribbon", "price": "3", "quantity": quantity}]}, "EUR") == ()


def test_equal_lines_are_one_and_a_missing_quantity_is_one_piece() -> None:
    same = {"id": "1", "name": "Pen", "price": "2"}
    (line,) = items.of_order({"items": [same, {**same, "quantity": 2}, "no line"]}, "EUR")
    assert (line.bought, line.total) == (3, 600)


@pytest.mark.parametrize("subtotal", ["20", "15"])
def test_a_discount_of_the_order_is_spread_over_its_lines(subtotal: str) -> None:
    sold = [{"name": "A", "price": "12", "quantity": 1}, {"name": "B", "price": "4", "quantity": 2}]
    first, second = items.of_order({"items": sold, "subtotal": subtotal, "discount": "5"}, "EUR")
    assert (first.total, second.total, second.worth(1)) == (900, 600, 300)


@given(
    total=st.integers(0, 10**9),
    steps=st.lists(st.integers(1, 9), min_size=1, max_size=12),
)
def test_given_back_bit_by_bit_it_comes_to_what_was_paid(total: int, steps: list[int]) -> None:
    bought, gone, paid = sum(steps), 0, 0
    for count in steps:
        line = items.Item("k", "", "", "", "Pen", bought, gone, total)
        amount = line.worth(count)
        assert 0 <= amount <= total
        gone, paid = gone + count, paid + amount
    assert paid == total


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ([{"sku": "NB-DOT", "quantity": 1}], [("Dot grid notebook", 1, 1290)]),
        ([{"sku": "NB-DOT"}, {"optionId": "70011", "quantity": "1"}], [("Dot grid notebook", 2, 2580)]),
        ([{"id": 701, "quantity": 2}], [("Washi tape", 2, 667)]),
        ('[{"id": "700", "sku": "NB-DOT"}]', [("Dot grid notebook", 1, 1290)]),
        (" All ", [("Dot grid notebook", 2, 2580), ("Washi tape", 2, 667)]),
        ({LINES[2].key: "1", LINES[0].key: "0", LINES[1].key: ""}, [("Washi tape", 1, 334)]),
    ],
)
def test_lines_are_meant_by_form_by_json_or_all_at_once(said: object, meant: list[tuple[str, int, int]]) -> None:
    found = form.checked(form.read(ASKED), {"items": said}, PURSE)
    assert found.errors == {}
    kept = found.values["items"]
    assert [(one["name"], one["quantity"], one["amountMinor"]) for one in kept] == meant
    assert form.checked(form.read(ASKED), {"items": kept}, PURSE).values["items"] == kept, "what is kept can be read again"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([{"sku": "NB-DOT", "quantity": 3}], "asks for more of Dot grid notebook than are left: 2 of 2."),
        ([{"sku": "NB-DOT"}] * 3, "asks for more of Dot grid notebook"),
        ([{"sku": "NB-LINE"}], "asks for more of Lined notebook than are left: 0 of 1."),
        ([{"id": "700"}], "names several lines by 700; say optionId or sku too."),
        ([{"sku": "GONE"}], "names a line the order does not have: GONE."),
        ([{"name": "Washi tape"}], "names a line by its id, optionId or sku."),
        ([{"sku": "TAPE", "quantity": 1.5}], "no whole number: 1.5."),
        ([{"sku": "TAPE", "quantity": -1}], "no whole number: -1."),
        (["TAPE"], 'is a list such as [{"sku"'),
        ({"deadbeef00": "1"}, "not in the order any more"),
        (7, "names no lines of the order."),
        ("TAPE", "names no lines of the order."),
        ([], "choose at least one."),
        ({LINES[0].key: "0"}, "choose at least one."),
        ("", "is needed."),
    ],
)
def test_what_cannot_be_meant_is_told_in_words(said: object, words: str) -> None:
    found = form.checked(form.read(ASKED), {"items": said}, PURSE)
    assert found.values == {} and words in found.errors["items"]


NAUGHTY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "sku", "optionId", "quantity", "x"]), inner, max_size=4),
    max_leaves=12,
)


@given(said=NAUGHTY, sold=st.lists(NAUGHTY, max_size=4))
def test_whatever_is_said_never_more_is_given_back_than_is_left(said: object, sold: list[object]) -> None:
    lines = items.of_order({"items": sold}, "EUR") or LINES
    found = form.checked(form.read(ASKED), {"items": said}, Purse("EUR", None, lines, is_known=True))
    left = {(line.id, line.option_id, line.sku, line.name): line.left for line in lines}
    for one in found.values.get("items", []):
        assert 0 < one["quantity"] <= left[(one["id"], one["optionId"], one["sku"], one["name"])]


def test_before_there_is_an_order_only_all_can_be_meant() -> None:
    fields = form.read(ASKED)
    assert form.checked(fields, {"items": "all"}, Purse("EUR")).values == {"items": "all"}
    assert form.checked(fields, {"items": [{"sku": "TAPE"}]}, Purse("EUR")).errors


def test_lines_in_words() -> None:
    kept = items.written(LINES, {LINES[0].key: 2, LINES[2].key: 1}, "EUR")
    assert items.words(kept) == "2 × Dot grid notebook, 25.80 EUR; 1 × Washi tape, 3.34 EUR"
    assert items.worth(kept) == 2914
    (yen,) = items.written(
        items.of_order({"items": [{"name": "Pen", "price": "300"}]}, "JPY"),
        {items.of_order({"items": [{"name": "Pen"}]}, "JPY")[0].key: 1},
        "JPY",
    )
    assert (yen["amount"], yen["amountMinor"]) == ("300", 300)
