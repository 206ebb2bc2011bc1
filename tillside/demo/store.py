"""The shop's own memory, one small SQLite file: accounts, visits, orders, and the outbox of what the desk has still to hear.

It belongs to the shop alone; the desk never opens it. Calls are short and local, so they are plain functions.
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from tillside.demo.basket import Entry
from tillside.demo.orders import Order
from tillside.demo.people import FIRST_FREE_UID, Person

T = TypeVar("T")

SCHEMA = """
create table if not exists accounts (uid text primary key, email text not null unique, doc blob not null);
create table if not exists visits (token_hash blob primary key, seen_at integer not null, doc blob not null);
create table if not exists orders (
  id integer primary key, token text not null unique, uid text not null, email text not null,
  state text not null, doc blob not null);
create index if not exists orders_by_uid on orders (uid, id) where uid <> '';
create table if not exists outbox (
  id integer primary key, order_id integer not null, event_id text not null, words text not null, event blob not null,
  state text not null default 'waiting', attempts integer not null default 0, due_at integer not null,
  last_error text not null default '');
create table if not exists answers (key text primary key, at integer not null, answer text not null);
create index if not exists outbox_due on outbox (due_at) where state = 'waiting';
create index if not exists outbox_by_order on outbox (order_id, id);
"""
VISITS_KEPT_MS = 30 * 24 * 60 * 60 * 1000


class Happening(Struct, frozen=True):
    """Something the next page shall tell the tracker."""

    event: str
    properties: dict[str, Any]


class Visit(Struct, frozen=True):
    """What the shop remembers about one browser."""

    cart: tuple[Entry, ...] = ()
    coupon: str = ""
    uid: str = ""
    has_web_token: bool = False
    happened: tuple[Happening, ...] = ()
    identify: dict[str, Any] | None = None
    has_signed_out: bool = False
    notice: str = ""


class Letter(Struct, frozen=True):
    """One event in the outbox. `event` is its JSON; it is sealed only when it is sent."""

    id: int
    order_id: int
    event_id: str
    words: str
    event: bytes
    state: str
    attempts: int
    last_error: str


class Store:
    """Writes go through `transaction()`; everything inside is kept together or not at all."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(data_dir / "shop.sqlite", isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    # people

    def person(self, uid: str) -> Person | None:
        return self._doc("select doc from accounts where uid = ?", uid, kind=Person)

    def person_by_email(self, email: str) -> Person | None:
        return self._doc("select doc from accounts where email = ?", email.casefold(), kind=Person)

    def save_person(self, person: Person) -> None:
        self._db.execute(
            "insert into accounts (uid, email, doc) values (?, ?, ?) on conflict (uid) do update set doc = excluded.doc",
            (person.uid, person.email.casefold(), msgspec.json.encode(person)),
        )

    def next_uid(self) -> str:
        last = self._db.execute("select max(cast(uid as integer)) from accounts").fetchone()[0]
        return str(max(last or 0, FIRST_FREE_UID) + 1)

    # visits

    def visit(self, token: str) -> Visit | None:
        return self._doc("select doc from visits where token_hash = ?", _hash(token), kind=Visit)

    def save_visit(self, token: str, visit: Visit) -> None:
        now = now_ms()
        self._db.execute("delete from visits where seen_at < ?", (now - VISITS_KEPT_MS,))
        self._db.execute(
            "insert into visits (token_hash, seen_at, doc) values (?, ?, ?)"
            " on conflict (token_hash) do update set seen_at = excluded.seen_at, doc = excluded.doc",
            (_hash(token), now, msgspec.json.encode(visit)),
        )

    def forget_visit(self, token: str) -> None:
        self._db.execute("delete from visits where token_hash = ?", (_hash(token),))

    # orders

    def order(self, order_id: int) -> Order | None:
        return self._doc("select doc from orders where id = ?", order_id, kind=Order)

    def order_by_token(self, token: str) -> Order | None:
        return self._doc("select doc from orders where token = ?", token, kind=Order)

    def orders_of(self, uid: str) -> list[Order]:
        return self._orders("where uid = ? order by id desc limit 50", uid)

    def orders(self, *, states: tuple[str, ...] = (), before: int = 1 << 62, limit: int = 30) -> list[Order]:
        """The newest orders with a number below `before`, in any of `states` if some are given."""
        chosen = f"and state in ({', '.join('?' * len(states))})" if states else ""
        return self._orders(f"where id < ? {chosen} order by id desc limit ?", before, *states, limit)

    def has_orders(self) -> bool:
        return bool(self._db.execute("select exists (select 1 from orders)").fetchone()[0])

    def next_order_id(self) -> int:
        return int(self._db.execute("select coalesce(max(id), 10000) + 1 from orders").fetchone()[0])

    def save_order(self, order: Order) -> None:
        self._db.execute(
            "insert into orders (id, token, uid, email, state, doc) values (?, ?, ?, ?, ?, ?)"
            " on conflict (id) do update set state = excluded.state, doc = excluded.doc",
            (order.id, order.token, order.uid, order.email, order.state, msgspec.json.encode(order)),
        )

    def answer(self, key: str) -> str | None:
        """What was answered to a call of the desk before."""
        row = self._db.execute("select answer from answers where key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def save_answer(self, key: str, answer: str) -> None:
        self._db.execute("insert into answers (key, at, answer) values (?, ?, ?)", (key, now_ms(), answer))

    # outbox

    def put_letter(self, order_id: int, event_id: str, words: str, event: bytes) -> None:
        self._db.execute(
            "insert into outbox (order_id, event_id, words, event, due_at) values (?, ?, ?, ?, ?)",
            (order_id, event_id, words, event, now_ms()),
        )

    def due_letters(self, now: int, limit: int = 20) -> list[Letter]:
        return self._letters("where state = 'waiting' and due_at <= ? order by id limit ?", now, limit)

    def letters_of(self, order_id: int) -> list[Letter]:
        return self._letters("where order_id = ? order by id desc limit 50", order_id)

    def next_due_at(self) -> int | None:
        """When the next letter may go, in milliseconds; None if none waits."""
        due: int | None = self._db.execute("select min(due_at) from outbox where state = 'waiting'").fetchone()[0]
        return due

    def waiting_letters(self) -> int:
        return int(self._db.execute("select count(*) from outbox where state = 'waiting'").fetchone()[0])

    def mark_letter(self, letter_id: int, state: str, *, due_at: int = 0, error: str = "") -> None:
        self._db.execute(
            "update outbox set state = ?, attempts = attempts + 1, due_at = ?, last_error = ? where id = ?",
            (state, due_at, error, letter_id),
        )

    def _orders(self, tail: str, *values: object) -> list[Order]:
        rows = self._db.execute(f"select doc from orders {tail}", values)
        return [msgspec.json.decode(doc, type=Order) for (doc,) in rows]

    def _letters(self, tail: str, *values: object) -> list[Letter]:
        rows = self._db.execute(f"select id, order_id, event_id, words, event, state, attempts, last_error from outbox {tail}", values)
        return [Letter(*row) for row in rows]

    def _doc(self, query: str, value: object, *, kind: type[T]) -> T | None:
        row = self._db.execute(query, (value,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=kind)


def now_ms() -> int:
    return int(time.time() * 1000)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
