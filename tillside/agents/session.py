"""Sessions of signed-in agents: an opaque token in the browser, only its hash in the database."""

import hmac
from hashlib import sha256

from msgspec import Struct

from tillside.agents.agent import Agent
from tillside.base import stamps
from tillside.storage.database import Database, Transaction

_SEEN_EVERY = 5 * stamps.MINUTE
_FIND = """
select session.created_at, session.seen_at,
  agent.workspace_id, agent.id, agent.email, agent.name, agent.role, agent.created_at, agent.disabled_at
from session join agent on agent.workspace_id = session.workspace_id and agent.id = session.agent_id
where session.token_hash = :token_hash
"""


class Session(Struct, frozen=True):
    """`form_token` must come back with every form, so that no other site can send one in the agent's name."""

    token_hash: bytes
    agent: Agent
    seen_at: int
    form_token: str


class Ages(Struct, frozen=True):
    """How long a session lives, in microseconds."""

    idle: int
    whole: int


async def begin(tx: Transaction, agent: Agent) -> str:
    """Sign an agent in; the returned token goes into the cookie and is stored nowhere."""
    token = stamps.token()
    at = stamps.now()
    await tx.run(
        "insert into session (token_hash, workspace_id, agent_id, created_at, seen_at) values (:hash, :workspace_id, :agent_id, :at, :at)",
        hash=hashed(token),
        workspace_id=agent.workspace_id,
        agent_id=agent.id,
        at=at,
    )
    return token


async def find(database: Database, token: str, ages: Ages) -> Session | None:
    """The session of a token, or None when it ended, idled too long, or its agent may no longer sign in."""
    token_hash = hashed(token)
    row = await database.one(_FIND, token_hash=token_hash)
    if row is None:
        return None
    created_at, seen_at, at = row[0], row[1], stamps.now()
    agent = Agent(*row[2:])
    if not agent.is_active or at - seen_at > ages.idle or at - created_at > ages.whole:
        return None
    return Session(token_hash, agent, seen_at, form_token_of(token))


def is_stale(session: Session) -> bool:
    """Whether the moment of the last click is worth writing down again."""
    return stamps.now() - session.seen_at > _SEEN_EVERY


async def touch(tx: Transaction, session: Session) -> None:
    await tx.run("update session set seen_at = :at where token_hash = :hash", at=stamps.now(), hash=session.token_hash)


async def end(tx: Transaction, token: str) -> None:
    """Sign out here."""
    await tx.run("delete from session where token_hash = :hash", hash=hashed(token))


def hashed(token: str) -> bytes:
    return sha256(token.encode()).digest()


def form_token_of(token: str) -> str:
    return hmac.new(token.encode(), b"form", sha256).hexdigest()[:32]
