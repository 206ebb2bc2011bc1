"""What was decided when an event was first worked in, kept for every replay: whom its token was believed to name, and why not."""

import msgspec
from msgspec import Struct

from tillside.base.trust import Trust
from tillside.customers.proof import Proof
from tillside.events.shapes import Claims
from tillside.storage.database import Database, Transaction

_KNOWN = "select event_id, trust, reason, claims from verdict where workspace_id = :workspace_id and event_id in {ints:ids} order by event_id"
_PUT = """
insert into verdict (workspace_id, event_id, trust, reason, claims) values (:workspace_id, :event_id, :trust, :reason, :claims)
on conflict do nothing
"""


class _Stored(Struct, frozen=True):
    uid: str | None = None
    email: str | None = None
    traits: dict[str, object] = {}


async def known(source: Transaction | Database, workspace_id: int, ids: list[int]) -> dict[int, Proof]:
    """The decisions made for these events, by event id."""
    found = {}
    for event_id, trust, reason, text in await source.read(_KNOWN, workspace_id=workspace_id, ids=ids):
        stored = msgspec.json.decode(text, type=_Stored)
        found[event_id] = Proof(Trust(trust), Claims(uid=stored.uid, email=stored.email), reason, stored.traits)
    return found


async def keep(tx: Transaction, workspace_id: int, decided: dict[int, Proof]) -> None:
    """Store decisions; one that stands already is never changed."""
    rows = []
    for event_id, one in sorted(decided.items()):
        stored = _Stored(one.claims.uid, one.claims.email, one.traits)
        rows.append((workspace_id, event_id, int(one.trust), one.reason, msgspec.json.encode(stored).decode()))
    await tx.many(_PUT, rows)
