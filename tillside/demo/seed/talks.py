"""Thirty conversations of the past days: who wrote about which order, what was said and done, and when. Told from the same moment they are
the same; who tells them to the desk stands elsewhere (cli/demo_talks.py).
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from tillside.demo import money
from tillside.demo.orders import Order
from tillside.demo.people import CAST, Person
from tillside.demo.seed.said import DAY, HOUR, MINUTE

Does = Literal[
    "writes",
    "notes",
    "drafts",
    "plans",
    "fails",
    "takes",
    "assigns",
    "gives",
    "tags",
    "presses",
    "fills",
    "follows",
    "snoozes",
    "closes",
    "trashes",
    "rates",
]
CUSTOMER, NOBODY = "customer", "desk"
PICTURES = Path(__file__).parent.parent / "static" / "pictures"


class Step(Struct, frozen=True):
    """`at` in milliseconds; `by`: "customer", "desk", or the first name of an agent in small letters; `said` is what the verb needs."""

    at: int
    by: str
    does: Does
    said: str
    file: str = ""


class Talk(Struct, frozen=True):
    """`key` tells this one from the others for ever; `order` is the shop's number of the order it is about, 0 for none."""

    key: str
    name: str
    email: str
    channel: str
    subject: str
    order: int
    steps: tuple[Step, ...]


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    """A conversation as `talks.json` holds it. `who`: a uid of the cast, * for one of the crowd, else a name with an address, or nobody."""

    who: str
    channel: str
    subject: str
    steps: tuple[tuple[str, ...], ...]
    order: str = ""


_ROWS = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes(), type=tuple[_Row, ...])
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
_STRANGER = re.compile(r"(?P<name>[^<]*?) <(?P<email>[^>]+)>")
_STANDS: dict[str, Callable[[Order, int], bool]] = {
    "": lambda order, now: True,
    "newest": lambda order, now: order.is_paid,
    "stuck": lambda order, now: order.is_stuck(now),
    "shipped": lambda order, now: order.state == "shipped" and not order.is_stuck(now) and bool(order.parcels),
    "split": lambda order, now: order.state == "partly_shipped",
    "part refunded": lambda order, now: 0 < order.refunded < order.total,
}


def tell(orders: tuple[Order, ...], now_ms: int) -> list[Talk]:
    """All of them, the first begun first. The same orders and moment give the same words.

    >>> talks = tell(seed.generate(now, key="fernfold10", shop_url="http://127.0.0.1:8081").orders, now)
    """
    taken = {person.email for person in CAST}
    talks = [_talk(number, row, orders, taken, now_ms) for number, row in enumerate(_ROWS, start=1)]
    return sorted(talks, key=lambda talk: talk.steps[0].at)


def _talk(number: int, row: _Row, orders: tuple[Order, ...], taken: set[str], now_ms: int) -> Talk:
    begun = now_ms - _span(row.steps[0][0])
    order = _order(row, orders, taken, begun, now_ms)
    person = _person(row, order)
    taken.add(person.email)
    words = _words(person, order)
    steps = tuple(_step(step, words, now_ms) for step in row.steps)
    return Talk(f"demo-{number:02}", person.name, person.email, row.channel, row.subject, order.id if order and row.order else 0, steps)


def _order(row: _Row, orders: tuple[Order, ...], taken: set[str], begun: int, now_ms: int) -> Order | None:
    """The newest order that fits: of this person, or of one of the crowd who has not written yet."""
    if row.who != "*" and not any(person.uid == row.who for person in CAST):
        return None
    theirs = [order for order in reversed(orders) if (order.email not in taken if row.who == "*" else order.uid == row.who)]
    stands = _STANDS.get(row.order)
    fitting = [order for order in theirs if (stands(order, now_ms) if stands else order.state == row.order)]
    before = [order for order in fitting if order.placed_at < begun]
    return next(iter([*before, *fitting, *theirs]), None)


def _person(row: _Row, order: Order | None) -> Person:
    known = next((person for person in CAST if person.uid == row.who), None)
    if known is not None:
        return known
    if order is not None:
        return Person(order.uid, order.billing.first_name, order.billing.last_name, order.email)
    stranger = _STRANGER.fullmatch(row.who)
    return Person(first_name=stranger["name"], email=stranger["email"]) if stranger else Person()


def _words(person: Person, order: Order | None) -> dict[str, str]:
    """What stands for the words in braces."""
    words = {"first": person.first_name}
    if order is not None:
        parcel = order.parcels[0] if order.parcels else None
        words |= {"order": order.name, "product": order.lines[0].name, "back": money.euros(order.refunded)}
        words |= {"carrier": parcel.carrier if parcel else "the post", "tracking": parcel.number if parcel else order.name}
    return words


def _step(step: tuple[str, ...], words: dict[str, str], now_ms: int) -> Step:
    ago, by, does, said, *file = step
    return msgspec.convert({"at": now_ms - _span(ago), "by": by, "does": does, "said": said.format_map(words), "file": "".join(file)}, Step)


def _span(said: str) -> int:
    """``1d2h30m`` in milliseconds."""
    found = _SPAN.fullmatch(said)
    assert found, said
    return sum(int(count or 0) * unit for count, unit in zip(found.groups(), (DAY, HOUR, MINUTE), strict=True))


def picture(name: str) -> bytes:
    """A file somebody attached."""
    return (PICTURES / name).read_bytes()
