"""Browsers that use the messenger: each holds an unguessable token of its own, and carries how far its person is known.

Trust comes from a proof and ends with it: an identity token that is no longer shown, or whose time is over, closes what it opened,
and the browser begins anew as a stranger. So nobody reads on at a shared computer after the owner signed out.
"""

import hashlib

from msgspec import Struct
from msgspec.structs import replace

from tillside.base import stamps
from tillside.base.trust import Trust
from tillside.connectors.connector import Connector
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction

BY_CODE = "code"
CHANGED = "visitor.changed"
"""What is told when somebody's proof or session changed, so that an open stream of theirs looks anew."""
LIFE = 180 * stamps.DAY
CODE_LIFE = 30 * stamps.DAY
TOKEN_LIFE = stamps.DAY
_STALE = 10 * stamps.MINUTE
_COLUMNS = "workspace_id, id, connector_id, device, profile_id, name, email, trust, proof, trust_until, created_at, seen_at"
_FIND = f"select {_COLUMNS} from visitor where token_hash = :hash and ended_at is null"
_OF_CONVERSATION = f"""
select {", ".join("visitor." + name for name in _COLUMNS.split(", "))} from visitor_conversation join visitor
  on visitor.workspace_id = visitor_conversation.workspace_id and visitor.id = visitor_conversation.visitor_id
where visitor_conversation.workspace_id = :w and visitor_conversation.conversation_id = :conversation and visitor.ended_at is null
order by visitor.seen_at desc, visitor.id desc limit 1
"""
_INSERT = """
insert into visitor (workspace_id, id, connector_id, token_hash, device, name, email, trust, proof, created_at, seen_at)
values (:w, :id, :connector, :hash, :device, '', '', 0, '', :at, :at)
"""
_KNOW = """
update visitor set profile_id = :profile, name = :name, email = :email, trust = :trust, proof = :proof, trust_until = :until, seen_at = :at
where workspace_id = :w and id = :id
"""


class Visitor(Struct, frozen=True):
    """`profile_id`: the profile this browser's words belong to, once there is one; `email` and `name` may only be typed."""

    workspace_id: int
    id: str
    connector_id: str
    device: str
    profile_id: str | None
    name: str
    email: str
    trust: Trust
    proof: str
    trust_until: int | None
    created_at: int
    seen_at: int

    def is_over(self, at: int) -> bool:
        """Its proof's time is over, or nobody came for long."""
        return at - self.seen_at > LIFE or (self.trust_until is not None and at > self.trust_until)

    def is_stale(self, at: int) -> bool:
        return at - self.seen_at > _STALE


class Proven(Struct, frozen=True):
    """Who a browser's person turned out to be, by what, and until when."""

    profile_id: str
    trust: Trust
    proof: str
    until: int
    name: str
    email: str


async def begin(tx: Transaction, connector: Connector, device: str) -> tuple[Visitor, str]:
    """A stranger's browser, and the token it will hold; only its hash is kept."""
    at = stamps.now()
    token = stamps.token("vis_")
    one = Visitor(connector.workspace_id, stamps.new_id("vis", at), connector.id, device[:100], None, "", "", Trust.TYPED, "", None, at, at)
    await tx.run(_INSERT, w=one.workspace_id, id=one.id, connector=one.connector_id, hash=_hash(token), device=one.device, at=at)
    return one, token


async def find(store: Database | Transaction, token: str) -> Visitor | None:
    """Whose token this is; None when nobody's, or its time is over."""
    if not token.startswith("vis_") or len(token) > 100:
        return None
    row = await store.one(_FIND, hash=_hash(token))
    one = _visitor(row) if row else None
    return None if one is None or one.is_over(stamps.now()) else one


async def of_conversation(store: Database | Transaction, workspace_id: int, conversation_id: str) -> Visitor | None:
    """The browser that wrote last in a conversation, while its token still means something; None where none did."""
    row = await store.one(_OF_CONVERSATION, w=workspace_id, conversation=conversation_id)
    one = _visitor(row) if row else None
    return None if one is None or one.is_over(stamps.now()) else one


async def prove(tx: Transaction, visitor: Visitor, proven: Proven) -> Visitor:
    """The browser's person is known from here on, as far and as long as the proof says."""
    at = stamps.now()
    known = replace(
        visitor,
        profile_id=proven.profile_id,
        trust=proven.trust,
        proof=proven.proof,
        trust_until=proven.until,
        name=proven.name[:200],
        email=proven.email[:200],
        seen_at=at,
    )
    await _keep(tx, known)
    activity.record(tx, visitor.workspace_id, CHANGED, visitor.id, audience="all")
    return known


async def name(tx: Transaction, visitor: Visitor, *, profile_id: str | None, called: str, email: str) -> Visitor:
    """What a stranger typed of themselves. It names, and opens nothing."""
    known = replace(
        visitor,
        profile_id=profile_id or visitor.profile_id,
        name=called[:200] or visitor.name,
        email=email[:200] or visitor.email,
        seen_at=stamps.now(),
    )
    await _keep(tx, known)
    return known


async def touch(tx: Transaction, visitor: Visitor) -> None:
    await tx.run(
        "update visitor set seen_at = :at where workspace_id = :w and id = :id", at=stamps.now(), w=visitor.workspace_id, id=visitor.id
    )


async def end(tx: Transaction, visitor: Visitor) -> None:
    """The token means nothing any more."""
    await tx.run(
        "update visitor set ended_at = :at where workspace_id = :w and id = :id and ended_at is null",
        at=stamps.now(),
        w=visitor.workspace_id,
        id=visitor.id,
    )
    activity.record(tx, visitor.workspace_id, CHANGED, visitor.id, audience="all")


def digest(user_token: str) -> str:
    """What is kept of an identity token, to know the same one again."""
    return hashlib.sha256(user_token.encode()).hexdigest()


async def _keep(tx: Transaction, one: Visitor) -> None:
    await tx.run(
        _KNOW,
        profile=one.profile_id,
        name=one.name,
        email=one.email,
        trust=int(one.trust),
        proof=one.proof,
        until=one.trust_until,
        at=one.seen_at,
        w=one.workspace_id,
        id=one.id,
    )


def _visitor(row: Row) -> Visitor:
    workspace_id, visitor_id, connector_id, device, profile_id, called, email, trust, proof, until, created_at, seen_at = row
    known = (profile_id, called, email, Trust(trust), proof, until)
    return Visitor(workspace_id, visitor_id, connector_id, device, *known, created_at, seen_at)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
