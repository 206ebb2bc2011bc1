"""The engine of conditions: pure, so its laws are looked for with thousands of documents."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillside.automations.conditions import NEGATIONS, OPERATORS, Condition, Sight, Value, holds, matches
from tillside.automations.vocabulary import FACTS, LISTS, TRIGGERS, operators
from tillside.automations.vocabulary import OPERATORS as WORDS
from tillside.base import words

NOW = 1_780_000_000_000_000
"""2026-05-28T20:26:40Z."""
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "  ", "12.50", "-3", "ÅSA", "2026-05-01"])
)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=12
)
documents = st.dictionaries(st.sampled_from(["a", "b", "c", "a.b"]), trees, max_size=4)
paths = st.sampled_from(["a", "b", "a.b", "a.b.c", "c.a", "nowhere", "", "..", "a."])
values: st.SearchStrategy[Value] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.lists(st.text(max_size=6), max_size=4)
) | st.sampled_from(["12.50", "2026-05-01", "asa", "x"])
conditions = st.builds(Condition, paths, st.sampled_from([*OPERATORS, "no such word"]), values)
blocks = st.lists(st.lists(conditions, max_size=4), max_size=4)


def ask(operator: str, found: Any, value: Value = None) -> bool:
    return matches([[Condition("x", operator, value)]], {"x": found}, at=NOW).is_match


@given(blocks, documents)
def test_it_never_raises_whatever_is_asked_of_whatever(asked: list[list[Condition]], document: dict[str, Any]) -> None:
    verdict = matches(asked, document, at=NOW, zone="Not/AZone")
    assert all(isinstance(row.seen, str) and len(row.seen) <= 200 for row in verdict.rows)


@given(paths, values, documents)
def test_an_operator_with_not_holds_exactly_where_the_other_does_not(path: str, value: Value, document: dict[str, Any]) -> None:
    sight = Sight(document, at=NOW)
    for one, other in NEGATIONS.items():
        assert holds(Condition(path, one, value), sight) is not holds(Condition(path, other, value), sight), one


@given(blocks, documents, st.randoms())
def test_the_order_of_blocks_and_rows_is_nothing_to_it(asked: list[list[Condition]], document: dict[str, Any], chance: Any) -> None:
    shuffled = [sorted(block, key=lambda _: chance.random()) for block in sorted(asked, key=lambda _: chance.random())]
    assert matches(asked, document, at=NOW).is_match is matches(shuffled, document, at=NOW).is_match


@given(blocks.filter(bool), documents, conditions)
def test_a_row_more_never_lets_more_through_and_a_block_more_never_less(
    asked: list[list[Condition]], document: dict[str, Any], one: Condition
) -> None:
    before = matches(asked, document, at=NOW).is_match
    narrower = matches([[*block, one] for block in asked], document, at=NOW).is_match
    wider = matches([*asked, [one]], document, at=NOW).is_match
    assert before or not narrower
    assert wider or not before


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_case_and_accents_make_no_difference(text: str, before: str, after: str) -> None:
    assert words.folded(words.folded(text)) == words.folded(text)
    decomposed = unicodedata.normalize("NFD", text)
    assert words.folded(decomposed) == words.folded(text)
    if words.folded(text):
        assert ask("is", text, decomposed) and ask("contains", f"{before} {text} {after}", text)
    if text.isascii():
        assert words.folded(text.upper()) == words.folded(text.lower())


@given(documents, conditions)
def test_the_verdict_has_every_row_with_what_was_seen(document: dict[str, Any], one: Condition) -> None:
    verdict = matches([[one], [one, one]], document, at=NOW)
    assert [len(block) for block in verdict.blocks] == [1, 2]
    assert {row.is_true for row in verdict.rows} <= {verdict.is_match}


@pytest.mark.parametrize(
    ("operator", "found", "value", "expected"),
    [
        ("is", "Größe", "GROSSE", True),
        ("is", "email", ["sms", "E-Mail", "EMAIL"], True),
        ("is", None, "", False),
        ("is_not", None, "email", True),
        ("contains", "Je voudrais être remboursé", ["REMBOURSE", "retour"], True),
        ("contains", "10% off", "10%", True),
        ("contains", "anything", [], False),
        ("contains", "anything", ["", " "], False),
        ("contains_not", "", "refund", True),
        ("starts_with", "Re: order", ["fw:", "RE:"], True),
        ("ends_with", "order 12?", "12?", True),
        ("is_empty", "  \n", None, True),
        ("is_empty", [], None, True),
        ("is_empty", 0, None, False),
        ("is_not_empty", [None, "a"], None, True),
        ("is_under", "Delivery::Late::Lost", "delivery::late", True),
        ("is_under", "Delivery::Later", "Delivery::Late", False),
        ("is_under", "Delivery", "Delivery", True),
        ("has_any", ["VIP", "wismo"], ["vip"], True),
        ("has_none", ["VIP"], ["late"], True),
        ("has_all", ["VIP", "late", "x"], ["vip", "LATE"], True),
        ("has_all", ["VIP"], ["vip", "late"], False),
        ("has_all", [], [], True),
        ("equals", "12.50", 12.5, True),
        ("equals", 12, "12.0", True),
        ("differs", None, 3, True),
        ("less", None, 3, False),
        ("at_least", None, 3, False),
        ("less", "2.99", 3, True),
        ("less", "a lot", 3, False),
        ("more", float("nan"), 0, False),
        ("more", 10**400, 0, False),
        ("at_most", 3, "3", True),
        ("is_true", True, None, True),
        ("is_true", "yes", None, True),
        ("is_false", None, None, True),
        ("before", "2026-04-30T23:59:59Z", "2026-05-01", True),
        ("before", "2026-05-01", "2026-05-01", False),
        ("after", "2026-05-01", "2026-05-01", True),
        ("before", None, "2026-05-01", False),
        ("within_days", "2026-05-27T20:00:00Z", 2, True),
        ("within_days", "2026-05-20T20:00:00Z", 2, False),
        ("within_days", "2027-05-20T20:00:00Z", 2, False),
        ("not_within_days", None, 2, True),
        ("no such word", "x", "x", False),
    ],
)
def test_what_each_operator_says(operator: str, found: Any, value: Value, expected: bool) -> None:
    assert ask(operator, found, value) is expected


def test_a_day_begins_at_midnight_where_the_workspace_is() -> None:
    asked = [[Condition("x", "after", "2026-05-01")]]
    late = {"x": "2026-04-30T22:30:00Z"}
    assert matches(asked, late, at=NOW, zone="Europe/Madrid").is_match and not matches(asked, late, at=NOW, zone="UTC").is_match


def test_lists_on_the_way_are_walked_through_and_keys_may_have_dots() -> None:
    order = {"items": [{"sku": "A-1"}, {"sku": "B-2"}], "custom": {"gift.note": "For Ada"}}
    assert matches([[Condition("order.items.sku", "has_any", ["b-2"])]], {"order": order}, at=NOW).is_match
    assert matches([[Condition("order.custom.gift.note", "contains", "ada")]], {"order": order}, at=NOW).is_match


def test_no_block_holds_always_and_alternatives_tell_which_held() -> None:
    assert matches([], {}, at=NOW).is_match
    verdict = matches([[Condition("x", "is", "no")], [Condition("x", "is", "yes")]], {"x": "Yes"}, at=NOW)
    assert verdict.is_match and [(row.condition.value, row.seen) for row in verdict.rows] == [("yes", "Yes")]


def test_the_tables_know_every_word_of_the_engine() -> None:
    assert {one.word for one in WORDS} == set(OPERATORS)
    assert {one.name for one in LISTS} == {"assignment", "tagging", "reply"} and len({one.kind for one in TRIGGERS}) == len(TRIGGERS)
    assert all(operators(fact.shape) for fact in FACTS)
