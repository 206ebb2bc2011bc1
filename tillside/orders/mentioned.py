"""Orders that people speak of in their own words: numbers, with or without #, and tracking numbers. Reads only."""

import re

from msgspec import Struct

from tillside.orders import listing
from tillside.orders.listing import Line
from tillside.storage.database import Database, Transaction

_WORD = re.compile(r"(?<![\w/#.-])(?P<hash>#?)(?P<said>[A-Za-z0-9](?:[A-Za-z0-9-]{1,33}[A-Za-z0-9]))(?![\w-])")
_SAYS_ORDER = re.compile(r"(?:order|bestellung|commande|pedido|ordre|nr|no|number|#)[\s.:#]*$", re.IGNORECASE)
_MOST_WORDS = 60
_LONG = 10
"""From this length on a number is a tracking number, which nobody writes by chance."""
_NAMED = """
with wanted(said) as {list:words}
select wanted.said, orders.id from wanted cross join orders
where orders.workspace_id = :w and orders.name = wanted.said order by wanted.said, orders.placed_at desc limit 500
"""
_NUMBERED = """
with wanted(said) as {list:words}
select wanted.said, orders.id from wanted cross join connector cross join orders
where connector.workspace_id = :w and orders.workspace_id = :w and orders.connector_id = connector.id
  and orders.kind = 'order' and orders.number = wanted.said order by wanted.said, orders.placed_at desc limit 500
"""
_TRACKED = """
select tracking_number, order_id from shipment where workspace_id = :w and tracking_number in {list:words}
order by tracking_number, order_id limit 500
"""


class Mention(Struct, frozen=True):
    """A stretch of text that may name an order. `is_said`: it is said to be one, so it may belong to anybody."""

    text: str
    word: str
    is_said: bool


def words(text: str) -> list[Mention]:
    """What may name an order: anything with a digit in it, each once, the clearest sight of it."""
    found: dict[str, Mention] = {}
    for match in _WORD.finditer(text):
        word = match["said"]
        if not any(letter.isdigit() for letter in word):
            continue
        is_said = bool(match["hash"]) or bool(_SAYS_ORDER.search(text[max(0, match.start() - 14) : match.start()])) or len(word) >= _LONG
        if word not in found or (is_said and not found[word].is_said):
            found[word] = Mention(match[0], word, is_said)
    return list(found.values())[:_MOST_WORDS]


async def find(database: Database | Transaction, workspace_id: int, text: str, *, people: list[str]) -> dict[str, Line]:
    """Word as it was written → the order it names. A bare number counts only where the order is of these people."""
    said = words(text)
    if not said:
        return {}
    known = await _known(database, workspace_id, said)
    lines = await listing.by_ids(database, workspace_id, [order_id for ids in known.values() for order_id in ids])
    found: dict[str, Line] = {}
    for mention in said:
        meant = [lines[order_id] for order_id in known.get(mention.word, []) if order_id in lines]
        own = [line for line in meant if line.profile_id in people]
        if own or (mention.is_said and meant):
            found[mention.word] = (own or meant)[0]
    return found


async def _known(database: Database | Transaction, workspace_id: int, said: list[Mention]) -> dict[str, list[str]]:
    bare = [mention.word for mention in said]
    found: dict[str, list[str]] = {}
    for sql, asked in ((_NAMED, bare + ["#" + word for word in bare]), (_NUMBERED, bare), (_TRACKED, bare)):
        for word, order_id in await database.read(sql, w=workspace_id, words=asked):
            found.setdefault(word.removeprefix("#"), []).append(order_id)
    return found
