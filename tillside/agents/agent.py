"""Agents: the people who answer. Their passwords are kept as argon2id hashes only."""

import asyncio
import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

from tillside.agents import access
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

_COLUMNS = "workspace_id, id, email, name, role, created_at, disabled_at"
_SHORTEST_PASSWORD = 10
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that are not taken for each other when read aloud."""


class Agent(Struct, frozen=True):
    workspace_id: int
    id: str
    email: str
    name: str
    role: str
    created_at: int
    disabled_at: int | None

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None


async def add(tx: Transaction, workspace_id: int, email: str, *, name: str, role: str, password: str) -> Agent:
    """Raises Refused with the field, Conflict when the address already signs in somewhere."""
    address = email.strip().lower()
    check(address, role=role, password=password)
    if await tx.one("select 1 from agent where email = :email", email=address):
        raise Conflict(f"{address} signs in here already.", field="email", hint="Use another address, or change that agent.")
    agent = Agent(workspace_id, stamps.new_id("agt"), address, name.strip() or address.partition("@")[0], role, stamps.now(), None)
    await tx.run(
        "insert into agent (workspace_id, id, email, name, role, password_hash, created_at)"
        " values (:workspace_id, :id, :email, :name, :role, :password_hash, :created_at)",
        workspace_id=workspace_id,
        id=agent.id,
        email=agent.email,
        name=agent.name,
        role=role,
        password_hash=_hasher().hash(password),
        created_at=agent.created_at,
    )
    activity.record(tx, workspace_id, "agent.added", agent.id)
    return agent


def check(email: str, *, role: str, password: str) -> None:
    """Raises Refused naming the first field that is wrong."""
    if "@" not in email or email.startswith("@") or email.endswith("@") or " " in email:
        raise Refused(f"{email or 'Nothing'} is not an e-mail address.", field="email", hint="Write it like mia@shop.example.")
    if role not in access.ROLES:
        raise Refused(f"There is no role {role}.", field="role", hint=f"Use one of: {', '.join(access.ROLES)}.")
    check_password(password)


def check_password(password: str, *, field: str = "password") -> None:
    """Raises Refused with the name of the form's field."""
    if len(password) < _SHORTEST_PASSWORD:
        raise Refused("The password is too short.", field=field, hint=f"Use at least {_SHORTEST_PASSWORD} characters.")


async def by_password(database: Database, email: str, password: str) -> Agent | None:
    """The agent these words belong to. It takes as long for an address nobody has, so that addresses cannot be guessed by time."""
    row = await database.one(f"select password_hash, {_COLUMNS} from agent where email = :email", email=email.strip().lower())
    agent = Agent(*row[1:]) if row else None
    known = row[0] if row else _decoy()
    try:
        await asyncio.to_thread(_hasher().verify, known, password)  # tens of milliseconds of pure work: not on the loop that takes events
    except (VerificationError, InvalidHashError):
        return None
    return agent if agent is not None and agent.is_active else None


async def hashed(password: str) -> str:
    """What is stored of a password. Tens of milliseconds of pure work, so it is done before a transaction begins and not on the loop."""
    return await asyncio.to_thread(_hasher().hash, password)


async def set_password(tx: Transaction, agent: Agent, password_hash: str) -> None:
    """Let an agent sign in with another password, and sign them out everywhere."""
    await tx.run(
        "update agent set password_hash = :hash where workspace_id = :w and id = :id", hash=password_hash, w=agent.workspace_id, id=agent.id
    )
    await _sign_out(tx, agent.workspace_id, agent.id)
    activity.record(tx, agent.workspace_id, "agent.password_changed", agent.id)


async def find(database: Database | Transaction, workspace_id: int, agent_id: str) -> Agent:
    """Raises Unknown."""
    row = await database.one(f"select {_COLUMNS} from agent where workspace_id = :w and id = :id", w=workspace_id, id=agent_id)
    if row is None:
        raise Unknown("There is no such agent.")
    return Agent(*row)


def handed_password() -> str:
    """A password to hand to somebody who forgot theirs: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(4))


async def every(database: Database | Transaction, workspace_id: int) -> list[Agent]:
    rows = await database.read(
        f"select {_COLUMNS} from agent where workspace_id = :workspace_id order by name, id limit 500", workspace_id=workspace_id
    )
    return [Agent(*row) for row in rows]


async def disable(tx: Transaction, workspace_id: int, agent_id: str, *, by: Agent) -> None:
    """No more signing in, and signed out everywhere. Raises Unknown; Conflict for oneself, so that an admin always remains."""
    if agent_id == by.id:
        raise Conflict("You cannot disable yourself.", hint="Ask another admin to do it.")
    await _set_disabled(tx, workspace_id, agent_id, stamps.now())
    await _sign_out(tx, workspace_id, agent_id)
    activity.record(tx, workspace_id, "agent.disabled", agent_id)


async def enable(tx: Transaction, workspace_id: int, agent_id: str) -> None:
    """Let somebody sign in again, with the password they had. Raises Unknown."""
    await _set_disabled(tx, workspace_id, agent_id, None)
    activity.record(tx, workspace_id, "agent.enabled", agent_id)


async def _sign_out(tx: Transaction, workspace_id: int, agent_id: str) -> None:
    await tx.run("delete from session where workspace_id = :w and agent_id = :id", w=workspace_id, id=agent_id)


async def _set_disabled(tx: Transaction, workspace_id: int, agent_id: str, at: int | None) -> None:
    changed = await tx.run("update agent set disabled_at = :at where workspace_id = :w and id = :id", at=at, w=workspace_id, id=agent_id)
    if not changed:
        raise Unknown("There is no such agent.")


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _hasher().hash(stamps.token())
