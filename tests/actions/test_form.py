"""The forms of actions: what JSON Schema is understood, and what is said about values that do not fit. Pure."""

from typing import Any

import pytest

from tillside.actions import form
from tillside.actions.form import Purse
from tillside.base.errors import Refused

EURO = Purse("EUR", 8640)


def asks(**said: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"value": {"title": "Value", **said}}}


@pytest.mark.parametrize(
    ("said", "value", "kept"),
    [
        ({"type": "string"}, "  two words ", "two words"),
        ({"type": "string"}, "a\x00b\u202ec", "abc"),
        ({"type": "string"}, 17, "17"),
        ({"type": "number"}, "12.5", 12.5),
        ({"type": "number"}, 3.0, 3),
        ({"type": "integer"}, "7", 7),
        ({"type": "integer"}, 7.0, 7),
        ({"type": "boolean"}, "on", True),
        ({"type": "boolean"}, False, False),
        ({"type": "string", "enum": ["lost", "late"]}, "late", "late"),
        ({"type": "string", "format": "date"}, "2026-11-29", "2026-11-29"),
        ({"type": "string", "x-money": True}, "12.5", "12.50"),
        ({"type": "string", "x-money": True}, 86, "86.00"),
        ({"type": "string", "default": "late"}, "", "late"),
        ({"type": "integer", "default": 0}, None, 0),
    ],
)
def test_a_value_is_kept_as_the_schema_says(said: dict[str, Any], value: object, kept: object) -> None:
    found = form.checked(form.read(asks(**said)), {"value": value}, EURO)
    assert (found.values, found.errors) == ({"value": kept}, {})


@pytest.mark.parametrize(
    ("said", "value", "words"),
    [
        ({"type": "string", "maxLength": 3}, "four", "Value has at most 3 characters."),
        ({"type": "string", "minLength": 3}, "no", "Value has at least 3 characters."),
        ({"type": "string"}, ["a"], "Value is a text."),
        ({"type": "number"}, "ten", "plain number"),
        ({"type": "number"}, True, "Value is a number."),
        ({"type": "number"}, "NaN", "plain number"),
        ({"type": "number"}, "1e400", "plain number"),
        ({"type": "number"}, "1_0", "plain number"),
        ({"type": "number", "minimum": 1}, 0.5, "at least 1"),
        ({"type": "number", "maximum": 10}, "10.01", "at most 10"),
        ({"type": "integer"}, "1.5", "whole number"),
        ({"type": "boolean"}, "perhaps", "yes or no"),
        ({"type": "string", "enum": ["lost", "late"]}, "Lost", "one of: lost, late"),
        ({"type": "string", "format": "date"}, "29.11.2026", "such as 2026-11-29"),
        ({"type": "string", "x-money": True}, "12,50", "Write 12.50."),
        ({"type": "string", "x-money": True}, "12.505", "at most 2 decimals in EUR"),
        ({"type": "string", "x-money": True}, "0", "more than nothing"),
        ({"type": "string", "x-money": True}, "-3", "more than nothing"),
        ({"type": "string", "x-money": True, "x-most": "order"}, "86.41", "at most 86.40 EUR"),
    ],
)
def test_what_does_not_fit_is_told_by_the_field(said: dict[str, Any], value: object, words: str) -> None:
    found = form.checked(form.read(asks(**said)), {"value": value}, EURO)
    assert found.values == {}
    assert words in found.errors["value"]


def test_every_wrong_field_is_told_at_once() -> None:
    schema = {
        "type": "object",
        "properties": {"street": {"type": "string"}, "floor": {"type": "integer"}, "city": {"type": "string"}},
        "required": ["street"],
    }
    found = form.checked(form.read(schema), {"street": " ", "floor": "two", "city": "Bergen", "planet": "Mars"}, EURO)
    assert found.values == {"city": "Bergen"}
    assert set(found.errors) == {"street", "floor", "planet"}


def test_amounts_follow_the_currency() -> None:
    fields = form.read(asks(type="string", **{"x-money": True}))
    assert form.checked(fields, {"value": "1200"}, Purse("JPY")).values == {"value": "1200"}
    assert "no decimals" in form.checked(fields, {"value": "1200.5"}, Purse("JPY")).errors["value"]
    assert form.checked(fields, {"value": "1.234"}, Purse("KWD")).values == {"value": "1.234"}
    assert form.minor("1.234", "KWD") == 1234
    assert (form.text_of(1250, "EUR"), form.text_of(1200, "JPY"), form.text_of(5, "EUR")) == ("12.50", "1200", "0.05")


def test_a_form_begins_with_defaults_and_with_what_is_left_of_the_order() -> None:
    fields = form.read(asks(type="string", **{"x-money": True, "x-most": "order"}))
    assert form.beginning(fields, EURO) == {"value": "86.40"}
    assert form.beginning(form.read(asks(type="boolean", default=True)), EURO) == {"value": "yes"}


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"type": "array"}, "form"),
        ({"type": "object", "properties": {"a b": {"type": "string"}}}, "form.properties.a b"),
        ({"type": "object", "properties": {"a": {"type": "object"}}}, "form.properties.a.type"),
        ({"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}, "form.properties.a.pattern"),
        ({"type": "object", "properties": {"a": {"type": "string", "format": "email"}}}, "form.properties.a.format"),
        ({"type": "object", "properties": {"a": {"type": "string", "enum": []}}}, "form.properties.a.enum"),
        ({"type": "object", "properties": {"a": {"type": "boolean", "x-money": True}}}, "form.properties.a.x-money"),
        ({"type": "object", "properties": {"a": {"type": "integer", "default": "x"}}}, "form.properties.a.default"),
        ({"type": "object", "properties": {"a": {"type": "number", "minimum": "1"}}}, "form.properties.a.minimum"),
        ({"type": "object", "properties": {"a": {"type": "array"}}}, "form.properties.a.x-items"),
        ({"type": "object", "properties": {"a": {"type": "string", "x-items": True}}}, "form.properties.a.x-items"),
        ({"type": "object", "properties": {"a": {"type": "array", "x-items": True, "default": "some"}}}, "form.properties.a.default"),
        ({"type": "object", "properties": {}, "required": ["b"]}, "form.required"),
        ({"type": "object", "allOf": []}, "form.allOf"),
    ],
)
def test_a_schema_this_desk_cannot_ask_is_refused_with_its_place(schema: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        form.read(schema)
    assert (refused.value.field, bool(refused.value.hint)) == (field, True)


def test_fields_and_schema_say_the_same() -> None:
    schema = {
        "type": "object",
        "properties": {
            "amount": {"type": "string", "title": "Amount", "x-money": True, "x-most": "order", "maximum": 100},
            "why": {"type": "string", "title": "Why", "enum": ["lost", "late"], "default": "late"},
            "day": {"type": "string", "title": "Day", "format": "date", "description": "When it left"},
            "note": {"type": "string", "title": "Note", "minLength": 2, "maxLength": 200},
            "again": {"type": "boolean", "title": "Again", "default": False},
            "pieces": {"type": "integer", "title": "Pieces", "minimum": 1},
            "items": {"type": "array", "title": "Items", "x-items": True, "default": "all"},
        },
        "required": ["why"],
    }
    assert form.schema_of(form.read(schema)) == schema
