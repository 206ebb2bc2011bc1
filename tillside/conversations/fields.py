"""Fields: what a workspace writes down about conversations and customers beside the text. Values live with their owner, by key."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

Subject = Literal["conversation", "customer"]
Format = Literal["line", "text", "choice", "yes_no", "date", "number", "file", "product", "order"]
FORMATS: tuple[Format, ...] = get_args(Format)
STEP = "::"
"""Between the levels of a nested choice: ``Return::Damaged``."""
_LONGEST_VALUE = 10_000
_MOST_FIELDS = 200
_COLUMNS = "workspace_id, id, subject, key, name, format, choices, position, archived_at"
_INSERT = """
insert into field (workspace_id, id, subject, key, name, format, choices, position)
values (:w, :id, :subject, :key, :name, :format, :choices, :position)
"""


class Field(Struct, frozen=True):
    """`key` is what integrators say, `name` what people read; `choices` of a dropdown, nested with ``::``."""

    workspace_id: int
    id: str
    subject: Subject
    key: str
    name: str
    format: Format
    choices: list[str]
    position: int
    archived_at: int | None


async def add(
    tx: Transaction, workspace_id: int, name: str, *, format: str, subject: str = "conversation", key: str = "", choices: Sequence[str] = ()
) -> Field:
    """A new field at the end of the list. Raises Refused with what is wrong, Conflict when the key is taken."""
    said, listed = name.strip(), [one.strip() for one in choices if one.strip()]
    if not said or len(said) > 80:
        raise Refused("A field needs a name of 1 to 80 characters.", field="name", hint="Name what is written into it.")
    if format not in FORMATS:
        raise Refused(f"{format[:40]} is not a format.", field="format", hint=f"Use one of: {', '.join(FORMATS)}.")
    if subject not in get_args(Subject):
        raise Refused("A field belongs to conversations or customers.", field="subject", hint="Use conversation or customer.")
    if format == "choice" and not listed:
        raise Refused("A dropdown needs choices.", field="choices", hint="Write one in each line.")
    own_key = key.strip() or key_of(said)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,79}", own_key):
        raise Refused("A key is letters, digits and _.", field="key", hint="Write it like deliveryDay.")
    if await tx.one(
        "select 1 from field where workspace_id = :w and subject = :subject and key = :key", w=workspace_id, subject=subject, key=own_key
    ):
        raise Conflict(f"There is a field {own_key} already.", field="key", hint="Choose another key.")
    row = await tx.one("select count(*) from field where workspace_id = :w and subject = :subject", w=workspace_id, subject=subject)
    position = int(row[0]) if row else 0
    if position >= _MOST_FIELDS:
        raise Refused(f"There are {_MOST_FIELDS} fields already.", field="name", hint="Archive those nobody fills.")
    values = [workspace_id, stamps.new_id("fld"), subject, own_key, said, format, listed, position, None]
    field = Field(*msgspec.convert(values, _ROW))
    await tx.run(
        _INSERT,
        w=workspace_id,
        id=field.id,
        subject=subject,
        key=own_key,
        name=said,
        format=format,
        choices=msgspec.json.encode(listed).decode(),
        position=position,
    )
    activity.record(tx, workspace_id, "field.added", field.id)
    return field


async def change(tx: Transaction, field: Field, *, name: str, choices: Sequence[str], position: int, archived: bool = False) -> Field:
    """Everything but the key and the format, which others rely on."""
    archived_at = (field.archived_at or stamps.now()) if archived else None
    new = replace(field, name=name.strip() or field.name, choices=list(choices), position=position, archived_at=archived_at)
    await tx.run(
        "update field set name = :name, choices = :choices, position = :position, archived_at = :archived where workspace_id = :w and id = :id",
        name=new.name,
        choices=msgspec.json.encode(new.choices).decode(),
        position=position,
        archived=archived_at,
        w=field.workspace_id,
        id=field.id,
    )
    activity.record(tx, field.workspace_id, "field.changed", field.id)
    return new


async def by_id(store: Database | Transaction, workspace_id: int, field_id: str) -> Field:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from field where workspace_id = :w and id = :id", w=workspace_id, id=field_id)
    if row is None:
        raise Unknown("There is no such field.")
    return _field(row)


async def every(store: Database | Transaction, workspace_id: int, *, subject: Subject = "conversation", archived: bool = False) -> list[Field]:
    only = "" if archived else " and archived_at is null"
    rows = await store.read(
        f"select {_COLUMNS} from field where workspace_id = :w and subject = :subject{only} order by position, id limit {_MOST_FIELDS}",
        w=workspace_id,
        subject=subject,
    )
    return [_field(row) for row in rows]


async def checked(tx: Transaction, workspace_id: int, said: dict[str, Any]) -> dict[str, Any]:
    """Values as they are kept; None empties. Keys nobody defined are kept as they come. Raises Refused with the key."""
    known = {field.key: field for field in await every(tx, workspace_id, archived=True)}
    if len(said) > _MOST_FIELDS:
        raise Refused(f"At most {_MOST_FIELDS} fields at once.", field="customFields", hint="Send fewer.")
    return {key: _checked(known.get(key), key, value) for key, value in said.items()}


def key_of(name: str) -> str:
    """The camel-case key of a name: "Delivery day" → deliveryDay."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    return "".join([word.lower() if place == 0 else word[:1].upper() + word[1:] for place, word in enumerate(words)])[:80]


def _checked(field: Field | None, key: str, value: Any) -> Any:
    if value is None or value == "" or value == []:
        return None
    if len(msgspec.json.encode(value)) > _LONGEST_VALUE or len(key) > 200:
        raise Refused(f"The value of {key[:80]} is too long.", field=f"customFields.{key[:80]}", hint="Write less.")
    if field is None:
        return value
    kept = _READ[field.format](field, value)
    if kept is None:
        raise Refused(
            f"{field.name} cannot be {str(value)[:60]}.",
            field=f"customFields.{key}",
            hint=_HINT[field.format].format(", ".join(field.choices[:8])),
        )
    return kept


def _text(field: Field, value: Any) -> Any:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _choice(field: Field, value: Any) -> Any:
    """One of the choices, or a list of the levels that lead to it."""
    said = STEP.join(map(str, value)) if isinstance(value, list) else str(value)
    return next((choice for choice in field.choices if choice.casefold() == said.strip().casefold()), None)


def _yes_no(field: Field, value: Any) -> Any:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(str(value).strip().lower())


def _date(field: Field, value: Any) -> Any:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return None


def _number(field: Field, value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    found = re.fullmatch(r"\s*(-?\d{1,15})(\.\d{1,9})?\s*", str(value))
    return None if found is None else float(found[0]) if found[2] else int(found[0])


def _anything(field: Field, value: Any) -> Any:
    return value if isinstance(value, str | int | list | dict) else None


_READ: dict[str, Callable[[Field, Any], Any]] = {
    "line": _text,
    "text": _text,
    "choice": _choice,
    "yes_no": _yes_no,
    "date": _date,
    "number": _number,
    "file": _anything,
    "product": _anything,
    "order": _anything,
}
_HINT = {
    "line": "Send a text.",
    "text": "Send a text.",
    "choice": "Use one of: {}.",
    "yes_no": "Send true or false.",
    "date": "Send it like 2026-05-01.",
    "number": "Send a number.",
    "file": "Send an address.",
    "product": "Send an id.",
    "order": "Send an id.",
}
_ROW = tuple[int, str, Subject, str, str, Format, list[str], int, int | None]


def _field(row: Sequence[Any]) -> Field:
    *head, choices, position, archived_at = row
    values: tuple[Any, ...] = (*head, msgspec.json.decode(choices, type=list[str]), position, archived_at)
    return Field(*values)
