"""Orders and subscriptions: one row per (connector, kind, number), worked out of its document."""

import secrets
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from tillside.events.registers import Document
from tillside.events.shapes import OrderStatement
from tillside.orders import document as documents
from tillside.orders import state as states
from tillside.storage.database import Database, Row, Transaction

COLUMNS = (
    "workspace_id, id, connector_id, kind, number, db_key, profile_id, name, state, placed_at, currency, amount, value, counts, trust, "
    "has_held, items, summary, doc"
)
UPSERT = """
insert into orders (workspace_id, id, connector_id, kind, number, db_key, profile_id, name, state, placed_at, currency, amount, value,
  counts, trust, has_held, items, summary, doc)
values (:workspace_id, :id, :connector_id, :kind, :number, :db_key, :profile_id, :name, :state, :placed_at, :currency, :amount, :value,
  :counts, :trust, :has_held, :items, :summary, :doc)
on conflict (workspace_id, id) do update set
  number = excluded.number, db_key = excluded.db_key, profile_id = excluded.profile_id, name = excluded.name,
  state = excluded.state, placed_at = excluded.placed_at, currency = excluded.currency, amount = excluded.amount, value = excluded.value,
  counts = excluded.counts, trust = excluded.trust, has_held = excluded.has_held, items = excluded.items, summary = excluded.summary,
  doc = excluded.doc
"""

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder().decode


class Order(Struct, frozen=True):
    """`amount` and `value` in minor units of `currency`; `name` is what the shop calls the order, else its number."""

    workspace_id: int
    id: str
    connector_id: str
    kind: str
    number: str
    db_key: str | None
    profile_id: str
    name: str
    state: str
    placed_at: int
    currency: str
    amount: int
    value: int
    counts: bool
    trust: int
    has_held: bool
    items: int
    summary: str
    document: Document

    @classmethod
    def from_row(cls, row: Row) -> "Order":
        *plain, doc = row
        plain[13], plain[15] = bool(plain[13]), bool(plain[15])
        values: tuple[Any, ...] = (*plain, _DECODE(doc))
        return cls(*values)


class Key(Struct, frozen=True):
    """What stays the same about an order: where it lives and what it is called there."""

    workspace_id: int
    id: str
    connector_id: str
    kind: str
    number: str


async def by_number(
    database: Database | Transaction, workspace_id: int, connector_id: str, number: str, *, kind: str = "order"
) -> Order | None:
    """One order of one connector by its number, compared as it is: "000000101" is not "101"."""
    row = await database.one(
        f"select {COLUMNS} from orders where workspace_id = :workspace_id and connector_id = :connector_id"
        " and kind = :kind and number = :number",
        workspace_id=workspace_id,
        connector_id=connector_id,
        kind=kind,
        number=number,
    )
    return Order.from_row(row) if row else None


async def by_id(database: Database | Transaction, workspace_id: int, order_id: str) -> Order | None:
    row = await database.one(
        f"select {COLUMNS} from orders where workspace_id = :workspace_id and id = :id", workspace_id=workspace_id, id=order_id
    )
    return Order.from_row(row) if row else None


async def of_profiles(database: Database, workspace_id: int, profile_ids: list[str], *, count: int) -> list[Order]:
    """The newest orders of a group of profiles; no subscriptions."""
    rows = await database.read(
        f"select {COLUMNS} from orders where workspace_id = :workspace_id and profile_id in {{list:ids}} and kind = 'order'"
        " order by placed_at desc, id desc limit :count",
        workspace_id=workspace_id,
        ids=profile_ids,
        count=count,
    )
    return [Order.from_row(row) for row in rows]


async def first_placed_at(database: Database, workspace_id: int, profile_ids: list[str]) -> int | None:
    """When a group of profiles ordered for the first time; None when they never did."""
    row = await database.one(
        "select min(placed_at) from orders where workspace_id = :workspace_id and profile_id in {list:ids} and kind = 'order'",
        workspace_id=workspace_id,
        ids=profile_ids,
    )
    return row[0] if row else None


class Draft(NamedTuple):
    """The row of an order that begins with one statement, but for its ids. `head` and `tail`: its document around the owner's id."""

    db_key: str | None
    name: str
    state: str
    placed_at: int
    currency: str
    amount: int
    value: int
    counts: int
    trust: int
    has_held: int
    items: int
    summary: str
    head: str
    tail: str

    def row(self, key: Key, profile_id: str) -> Row:
        return (
            key.workspace_id,
            key.id,
            key.connector_id,
            key.kind,
            key.number,
            self.db_key,
            profile_id,
            *self[1:12],
            f"{self.head}{profile_id}{self.tail}",
        )

    def document(self, profile_id: str) -> Document:
        """The document this row would be stored with."""
        document: Document = _DECODE(f"{self.head}{profile_id}{self.tail}")
        return document

    def statement(self, kind: str, number: str) -> OrderStatement:
        """The statement it was drawn from."""
        return documents.statement_of(self.document(""), kind, number)


_GAP = secrets.token_hex(16)  # no shop can have written it


def draft(statement: OrderStatement, *, trust: int, currency: str) -> Draft:
    """The row of an order whose first statement names its customer, drawn while the statement is read: most orders begin so, and the
    process that reads has more time than the one that writes. `currency`: as for `row_of`."""
    document: Document = {}
    documents.add(document, statement, trust, {"profile": _GAP})
    head, tail = _ENCODE(document).decode().split(_GAP)
    return Draft._make((*_drawn(document, statement.kind, statement.number, currency), head, tail))


def row_of(key: Key, document: Document, *, profile_id: str, currency: str) -> Row:
    """The order's row, worked out anew. `currency`: what the connector assumes where no statement named one."""
    drawn = _drawn(document, key.kind, key.number, currency)
    return (
        key.workspace_id,
        key.id,
        key.connector_id,
        key.kind,
        key.number,
        drawn[0],
        profile_id,
        *drawn[1:],
        _ENCODE(document).decode(),
    )


def _drawn(document: Document, kind: str, number: str, currency: str) -> tuple[Any, ...]:
    """What the columns show of a document."""
    fields = documents.values(document)
    parcels = documents.parcels(document)
    stated = states.currency_of(fields, currency)
    state = states.state_of(fields, parcels)
    amount = states.money(fields, "amount", stated) or 0
    counts, value = states.earned(fields, state, stated, amount=amount)
    items = fields.get("items") or []
    return (
        fields.get("db_key"),
        str(fields.get("name") or number),
        state,
        documents.placed_at(document, fields),
        stated,
        amount,
        value,
        1 if counts and kind == "order" else 0,
        documents.top_trust(document),
        1 if len(document) > 1 and documents.held(document) else 0,
        len(items),
        summary(items),
    )


def is_part_refunded(doc: str, *, amount: int, currency: str) -> bool:
    """Whether some of the money went back, read out of an order's stored document."""
    fields = documents.values(_DECODE(doc))
    return states.is_part_refunded(fields, amount=amount, refunded=states.refunded(fields, currency))


def summary(items: list[dict[str, Any]]) -> str:
    """The items in one line: ``Dot grid notebook × 2, Washi tape``, at most three of them."""
    said = []
    for item in items[:3]:
        count = item.get("quantity")
        said.append(f"{item.get('name') or item.get('sku') or item.get('id') or 'Item'}{f' × {count}' if count not in (None, 1, '1') else ''}")
    more = len(items) - 3
    return ", ".join(said) + (f", and {more} more" if more > 0 else "")


def tracking_numbers(document: Document) -> set[str]:
    """Every tracking number people can search the order by."""
    return {str(step["number"]) for parcel in documents.parcels(document) for step in parcel.get("tracking") or () if step.get("number")}
