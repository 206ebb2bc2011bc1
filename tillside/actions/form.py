"""The form an action asks for: a subset of JSON Schema, and what somebody filled in checked against it. Pure; no I/O.

An object of properties, each ``string``, ``number``, ``integer`` or ``boolean``, with title, description, default, enum, minimum, maximum,
minLength, maxLength and format ``date``. Ours: ``x-money: true`` is an amount in the order's currency, as decimal text; with
``x-most: "order"`` it is at most what was paid and not yet given back, and stands in the form as its beginning. An ``array`` with
``x-items: true`` is lines of the order, each with how many of it (items.py).
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec
from msgspec import Struct

from tillside.actions import items
from tillside.actions.items import Item
from tillside.base.errors import Refused
from tillside.events import money

Kind = Literal["text", "number", "integer", "yes_no", "choice", "date", "money", "items"]
Schema = dict[str, Any]
EMPTY: Schema = {"type": "object", "properties": {}}
VALUED: tuple[Kind, ...] = ("money", "items")
"""Kinds that say how much money moves, the plainer first."""
MOST_FIELDS = 20
_LONGEST = 2_000
_LONGEST_SCHEMA_BYTES = 20_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_WORDS = "type title description default enum minimum maximum minLength maxLength format x-money x-most x-items"
_KNOWN = frozenset(_WORDS.split())
_ROOT = frozenset(("$schema", "type", "title", "description", "properties", "required", "additionalProperties"))
_TYPES: dict[str, Kind] = {"string": "text", "number": "number", "integer": "integer", "boolean": "yes_no", "array": "items"}


class Field(Struct, frozen=True):
    """One property as a form shows it. `minimum` and `maximum` are decimal text, in major units for money."""

    name: str
    title: str
    kind: Kind
    description: str = ""
    is_required: bool = False
    default: Any = None
    choices: list[str] = []
    minimum: str = ""
    maximum: str = ""
    shortest: int = 0
    longest: int = _LONGEST
    most: Literal["", "order"] = ""


class Purse(Struct, frozen=True):
    """What amounts and lines are checked against: the currency, what can still be given back in minor units (None: nobody knows), and the
    lines of the order; `is_known` is false where there is no order yet, as when a rule is written."""

    currency: str = "EUR"
    left: int | None = None
    items: tuple[Item, ...] = ()
    is_known: bool = False


class Checked(Struct, frozen=True):
    """`values` as they are kept, in the form's order; `errors`: field name → what is wrong with it, in words."""

    values: dict[str, Any]
    errors: dict[str, str]


def read(schema: Schema) -> list[Field]:
    """The fields of a schema, in its order. Raises Refused naming what this desk cannot ask for."""
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise _refused("form", "A form is a JSON Schema of type object.", 'Begin with {"type": "object", "properties": {}}.')
    if len(msgspec.json.encode(schema)) > _LONGEST_SCHEMA_BYTES:
        raise _refused("form", "This form is too long.", f"Keep it below {_LONGEST_SCHEMA_BYTES // 1000} kB.")
    for word in schema.keys() - _ROOT:
        raise _refused(f"form.{word}", f"{word} is not understood here.", f"Use: {', '.join(sorted(_ROOT))}.")
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, dict) or len(properties) > MOST_FIELDS:
        raise _refused("form.properties", f"properties names at most {MOST_FIELDS} fields.", "Ask for less.")
    if not isinstance(required, list) or not all(name in properties for name in required):
        raise _refused("form.required", "required names properties of this form.", "Compare the spelling.")
    return [_field(name, said, name in required) for name, said in properties.items()]


def schema_of(fields: list[Field]) -> Schema:
    """The schema that says the same as these fields."""
    properties = {one.name: _property(one) for one in fields}
    required = [one.name for one in fields if one.is_required]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def beginning(fields: list[Field], purse: Purse) -> dict[str, str]:
    """What stands in the form before anybody writes."""
    found = {}
    for one in fields:
        if one.kind == "money" and one.most and one.default is None and purse.left is not None:
            found[one.name] = text_of(purse.left, purse.currency)
        else:
            found[one.name] = _as_text(one.default)
    return found


def checked(fields: list[Field], said: Mapping[str, Any], purse: Purse) -> Checked:
    """What somebody filled in, from a form (texts) or from JSON. An empty text counts as not given; a default fills it where there is one."""
    known = {one.name: one for one in fields}
    errors = {str(name)[:80]: "This form does not ask for it." for name in said if name not in known}
    values: dict[str, Any] = {}
    for one in fields:
        given = said.get(one.name)
        given = given.strip() if isinstance(given, str) else given
        if given is None or given == "":
            given = one.default
        if given is None or given == "":
            if one.is_required:
                errors[one.name] = f"{one.title} is needed."
            continue
        try:
            kept = _READ[one.kind](one, given, purse)
        except ValueError as error:
            errors[one.name] = str(error)
            continue
        if kept != []:
            values[one.name] = kept
        elif one.is_required:
            errors[one.name] = f"{one.title}: choose at least one."
    return Checked(values, errors)


def worth(one: Field, value: Any, purse: Purse) -> int | None:
    """What a value of this form moves, in minor units: an amount, or what was paid for the lines, as far as that is left of the order."""
    if one.kind != "items":
        return minor(value, purse.currency)
    if isinstance(value, str):
        return None  # all of an order nobody has seen yet
    return items.worth(value) if purse.left is None else min(items.worth(value), purse.left)


def minor(value: Any, currency: str) -> int:
    """An amount of this form in minor units."""
    return money.minor_units(str(value), currency)


def words(one: Field, value: Any, currency: str) -> str:
    """A value as people read it in the trail."""
    if one.kind == "money":
        return f"{value} {currency}"
    if one.kind == "items":
        return items.words(value)
    return _as_text(value)


def text_of(amount: int, currency: str) -> str:
    """Minor units as the decimal text people write: (1250, "EUR") → ``"12.50"``."""
    places = money.exponent(currency)
    return str(Decimal(amount).scaleb(-places).quantize(Decimal(1).scaleb(-places)))


def _field(name: str, said: Any, is_required: bool) -> Field:
    at = f"form.properties.{name[:40]}"
    if not _NAME.fullmatch(name):
        raise _refused(at, "A field's name is letters, digits and _.", "Write it like newStreet.")
    if not isinstance(said, dict) or said.get("type") not in _TYPES:
        raise _refused(f"{at}.type", "This type is not asked for here.", f"Use: {', '.join(_TYPES)}.")
    for word in said.keys() - _KNOWN:
        raise _refused(f"{at}.{word}", f"{word} is not understood here.", f"Use: {', '.join(sorted(_KNOWN))}.")
    made = Field(
        name=name,
        title=_said(said.get("title"), 80) or name,
        kind=_kind(said, at),
        description=_said(said.get("description"), 300),
        is_required=is_required,
        default=said.get("default"),
        choices=_choices(said, at),
        minimum=_bound(said, "minimum", at),
        maximum=_bound(said, "maximum", at),
        shortest=_length(said, "minLength", at, 0),
        longest=min(_length(said, "maxLength", at, _LONGEST), _LONGEST),
        most="order" if said.get("x-most") == "order" else "",
    )
    if made.kind == "items" and made.default not in (None, items.ALL):
        raise _refused(f"{at}.default", "Lines begin with none or with all.", f"Write {items.ALL}, or leave it out.")
    if made.default is not None:
        wrong = checked([made], {name: made.default}, Purse()).errors
        if wrong:
            raise _refused(f"{at}.default", f"The default does not fit: {wrong[name]}", "Give one the form itself would take.")
    return made


def _kind(said: Schema, at: str) -> Kind:
    kind = _TYPES[said["type"]]
    if (kind == "items") != bool(said.get("x-items")):
        raise _refused(f"{at}.x-items", "A list is asked for only as lines of the order.", 'Write {"type": "array", "x-items": true}.')
    if said.get("x-money"):
        if kind not in ("text", "number"):
            raise _refused(f"{at}.x-money", "An amount is a string or a number.", "Set type to string.")
        return "money"
    if "enum" in said:
        return "choice"
    form = said.get("format")
    if form not in (None, "date"):
        raise _refused(f"{at}.format", "This format is not understood here.", "Use date, or leave it out.")
    return "date" if form == "date" and kind == "text" else kind


def _choices(said: Schema, at: str) -> list[str]:
    listed = said.get("enum", [])
    if not isinstance(listed, list) or len(listed) > 100 or not all(isinstance(one, str) and 0 < len(one) <= 200 for one in listed):
        raise _refused(f"{at}.enum", "enum is a list of texts.", "Write up to 100 of them.")
    if "enum" in said and not listed:
        raise _refused(f"{at}.enum", "A choice needs something to choose from.", "Write one in each line.")
    return list(listed)


def _bound(said: Schema, word: str, at: str) -> str:
    value = said.get(word)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _refused(f"{at}.{word}", f"{word} is a number.", "Write it without quotes.")
    return money.plain_text(Decimal(str(value)))


def _length(said: Schema, word: str, at: str, usual: int) -> int:
    value = said.get(word, usual)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _refused(f"{at}.{word}", f"{word} is a whole number.", "Write how many characters.")
    return value


def _property(one: Field) -> Schema:
    types = {"text": "string", "number": "number", "integer": "integer", "yes_no": "boolean", "items": "array"}
    made: Schema = {"type": types.get(one.kind, "string"), "title": one.title}
    told = {"description": one.description, "enum": one.choices, "minLength": one.shortest}
    made |= {word: value for word, value in told.items() if value}
    if one.kind == "date":
        made["format"] = "date"
    if one.kind == "money":
        made |= {"x-money": True, **({"x-most": one.most} if one.most else {})}
    if one.kind == "items":
        made["x-items"] = True
    if one.longest != _LONGEST:
        made["maxLength"] = one.longest
    for word, value in (("minimum", one.minimum), ("maximum", one.maximum)):
        if value:
            made[word] = float(value) if "." in value else int(value)
    return made | ({"default": one.default} if one.default is not None else {})


def _text(one: Field, given: Any, _: Purse) -> str:
    if not isinstance(given, str | int | float | Decimal) or isinstance(given, bool):
        raise ValueError(f"{one.title} is a text.")
    text = "".join(char for char in str(given) if char in "\n\t" or char.isprintable())
    if len(text) > one.longest:
        raise ValueError(f"{one.title} has at most {one.longest} characters.")
    if len(text) < one.shortest:
        raise ValueError(f"{one.title} has at least {one.shortest} characters.")
    return text


def _choice(one: Field, given: Any, _: Purse) -> str:
    if given not in one.choices:
        raise ValueError(f"{one.title} is one of: {', '.join(one.choices[:8])}.")
    return str(given)


def _yes_no(one: Field, given: Any, _: Purse) -> bool:
    known = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
    if str(given).lower() not in known:
        raise ValueError(f"{one.title} is yes or no.")
    return known[str(given).lower()]


def _day(one: Field, given: Any, _: Purse) -> str:
    try:
        return date.fromisoformat(str(given)).isoformat()
    except ValueError as error:
        raise ValueError(f"{one.title} is a day, such as 2026-11-29.") from error


def _integer(one: Field, given: Any, purse: Purse) -> int:
    number = _decimal(one, given)
    if number != number.to_integral_value():
        raise ValueError(f"{one.title} is a whole number.")
    return int(number)


def _number(one: Field, given: Any, purse: Purse) -> int | float:
    number = _decimal(one, given)
    return int(number) if number == number.to_integral_value() else float(number)


def _money(one: Field, given: Any, purse: Purse) -> str:
    """Decimal text with the currency's own decimals, so that a shop never sees 12.5 for 12.50."""
    number, places = _decimal(one, given), money.exponent(purse.currency)
    if number <= 0:
        raise ValueError(f"{one.title} is more than nothing.")
    if number != number.quantize(Decimal(1).scaleb(-places)):
        raise ValueError(f"{one.title} has at most {places} decimals in {purse.currency}." if places else f"{purse.currency} has no decimals.")
    amount = int(number.scaleb(places))
    if one.most and purse.left is not None and amount > purse.left:
        raise ValueError(f"{one.title} is at most {text_of(purse.left, purse.currency)} {purse.currency}, what is left of the order.")
    return text_of(amount, purse.currency)


def _items(one: Field, given: Any, purse: Purse) -> list[dict[str, Any]] | str:
    """The lines as they are kept, none as an empty list. Before there is an order only ``all`` can be meant."""
    try:
        if not purse.is_known and given == items.ALL:
            return items.ALL
        return items.written(purse.items, items.chosen(purse.items, given), purse.currency)
    except ValueError as error:
        raise ValueError(f"{one.title} {error}.") from error


def _decimal(one: Field, given: Any) -> Decimal:
    """A plain number within the field's bounds; a comma is told apart from a fault, never read as a point."""
    said = str(given).strip()
    if isinstance(given, bool) or len(said) > 30:
        raise ValueError(f"{one.title} is a number.")
    try:
        number = Decimal(said)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not said.isascii() or "_" in said or abs(number) >= money.LARGEST:
        hint = f" Write {said.replace(',', '.')}." if re.fullmatch(r"\d+,\d+", said) else ""
        raise ValueError(f"{one.title} is a plain number such as 12.50.{hint}")
    if one.minimum and number < Decimal(one.minimum):
        raise ValueError(f"{one.title} is at least {one.minimum}.")
    if one.maximum and number > Decimal(one.maximum):
        raise ValueError(f"{one.title} is at most {one.maximum}.")
    return number


_READ = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "yes_no": _yes_no,
    "choice": _choice,
    "date": _day,
    "money": _money,
    "items": _items,
}


def _said(value: Any, longest: int) -> str:
    return " ".join(value.split())[:longest] if isinstance(value, str) else ""


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _refused(field: str, message: str, hint: str) -> Refused:
    return Refused(message, field=field, hint=hint)
