"""One-time codes: six digits sent to an address show that whoever sits at a browser can read its letters.

Single use, ten minutes, five tries, and only so many an hour. A code is sent only where the address is vouched for somebody; the
answer is the same either way, so that nobody learns who is a customer here. The row itself is the letter's place in the queue.
"""

import hmac
import secrets
from hashlib import blake2b

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Refused, TooMany
from tillside.base.vault import Vault
from tillside.connectors.connector import Connector
from tillside.customers import identity, lookup
from tillside.customers.identity import VOUCHED
from tillside.events.shapes import Claims
from tillside.messenger.visitor import Visitor
from tillside.storage.database import Database, Transaction

LIFE = 10 * stamps.MINUTE
TRIES = 5
PER_VISITOR, PER_ADDRESS = 3, 6
_WINDOW = stamps.HOUR
_SENDS = 6
_BACKOFF = 20 * stamps.SECOND
_LEASE = 60 * stamps.SECOND
_COUNT = "select count(*) from one_time_code where workspace_id = :w and {} = :who and created_at > :since"
_INSERT = """
insert into one_time_code
  (workspace_id, id, visitor_id, email, digest, sealed, created_at, expires_at, tries, state, due_at, attempts, last_error)
values (:w, :id, :visitor, :email, :digest, :sealed, :at, :until, 0, :state, :due, 0, '')
"""
_OPEN = """
select id, digest, email from one_time_code
where workspace_id = :w and visitor_id = :visitor and (email = :email or :email = '') and used_at is null and expires_at > :at
  and tries < :most
order by created_at desc limit 1 {lock}
"""
_DUE = """
select workspace_id, id, email, sealed, attempts, expires_at from one_time_code
where due_at is not null and due_at <= :at order by due_at, workspace_id, id limit :count
"""
_CLAIM = """
update one_time_code set due_at = :later, attempts = attempts + 1
where workspace_id = :w and id = :id and due_at is not null and due_at <= :at
"""


class Letter(Struct, frozen=True):
    """A code on its way to an address."""

    workspace_id: int
    id: str
    email: str
    code: str
    attempts: int
    expires_at: int


async def request(tx: Transaction, vault: Vault, visitor: Visitor, email: str, *, is_known: bool) -> None:
    """Make a code for an address. Raises TooMany. With `is_known` false nothing will be sent, and no code will fit."""
    at = stamps.now()
    await _slow_down(tx, visitor, email, at)
    code_id, code = stamps.new_id("otc", at), f"{secrets.randbelow(1_000_000):06d}"
    await tx.run(
        _INSERT,
        w=visitor.workspace_id,
        id=code_id,
        visitor=visitor.id,
        email=email,
        digest=_digest(code_id, code) if is_known else secrets.token_bytes(32),
        sealed=vault.seal(code, _place(visitor.workspace_id, code_id)) if is_known else None,
        at=at,
        until=at + LIFE,
        state="waiting" if is_known else "nobody",
        due=at if is_known else None,
    )


async def answer(tx: Transaction, visitor: Visitor, email: str, code: str) -> str | None:
    """The address this is the code of, None where it is not; every try counts, also where the transaction's caller then refuses. It fits
    once. With `email` "" the newest code this browser was sent is meant: who was asked by an agent is not told the whole address.
    """
    row = await tx.one(_OPEN, w=visitor.workspace_id, visitor=visitor.id, email=email, at=stamps.now(), most=TRIES)
    if row is None:
        return None
    code_id, digest, address = row
    fits = hmac.compare_digest(bytes(digest), _digest(code_id, code))
    await tx.run(
        "update one_time_code set tries = tries + 1, used_at = :used, sealed = case when :fits = 1 then null else sealed end"
        " where workspace_id = :w and id = :id",
        used=stamps.now() if fits else None,
        fits=int(fits),
        w=visitor.workspace_id,
        id=code_id,
    )
    return str(address) if fits else None


async def is_vouched(database: Database, connector: Connector, email: str) -> bool:
    """Whether somebody's address this is, as far as the shop or a token vouched for it."""
    handles = identity.handles(Claims(email=email), connector.id, VOUCHED)
    return await lookup.holder(database, connector.workspace_id, handles) is not None


async def claim(database: Database, vault: Vault, *, at: int, count: int) -> list[Letter]:
    """The letters that are due, each taken for a minute, so that two loops never send one twice."""
    taken = []
    for workspace_id, code_id, email, sealed, attempts, expires_at in await database.read(_DUE, at=at, count=count):
        async with database.write() as tx:
            is_mine = await tx.run(_CLAIM, later=at + _LEASE, w=workspace_id, id=code_id, at=at)
        if is_mine and sealed is not None and expires_at > at:
            taken.append(Letter(workspace_id, code_id, email, vault.unseal(sealed, _place(workspace_id, code_id)), attempts + 1, expires_at))
        elif is_mine:
            await _settle(database, workspace_id, code_id, "expired", None, "")
    return taken


async def sent(database: Database, letter: Letter) -> None:
    await _settle(database, letter.workspace_id, letter.id, "sent", None, "")


async def failed(database: Database, letter: Letter, error: str, *, is_final: bool) -> None:
    """Try again later, or never."""
    is_over = is_final or letter.attempts >= _SENDS
    due = None if is_over else stamps.now() + _BACKOFF * letter.attempts
    await _settle(database, letter.workspace_id, letter.id, "failed" if is_over else "waiting", due, error[:500])


async def _settle(database: Database, workspace_id: int, code_id: str, state: str, due: int | None, error: str) -> None:
    async with database.write() as tx:
        await tx.run(
            "update one_time_code set state = :state, due_at = :due, last_error = :error, sealed = case when :keeps = 1 then sealed end"
            " where workspace_id = :w and id = :id",
            state=state,
            due=due,
            error=error,
            keeps=int(due is not None),
            w=workspace_id,
            id=code_id,
        )


async def _slow_down(tx: Transaction, visitor: Visitor, email: str, at: int) -> None:
    for column, who, most in (("visitor_id", visitor.id, PER_VISITOR), ("email", email, PER_ADDRESS)):
        row = await tx.one(_COUNT.format(column), w=visitor.workspace_id, who=who, since=at - _WINDOW)
        if row is not None and row[0] >= most:
            raise TooMany("Too many codes were asked for.", retry_after_seconds=600)


def clean(email: object) -> str:
    """An address as it is compared. Raises Refused."""
    text = email.strip().lower() if isinstance(email, str) else ""
    name, at, host = text.rpartition("@")
    if not at or not name or "." not in host.strip(".") or len(text) > 200 or any(letter.isspace() or letter in '<>",;' for letter in text):
        raise Refused("This is not an e-mail address.", field="email", hint="Write it like name@example.com.")
    return text


def masked(email: str) -> str:
    """An address as somebody may read it who has not shown that it is theirs: ``i•••@e•••.com``."""
    name, _, host = email.partition("@")
    return f"{name[:1]}•••@{host[:1]}•••.{host.rpartition('.')[2]}"


def _digest(code_id: str, code: str) -> bytes:
    return blake2b(code.encode(), key=code_id.encode()[:64], digest_size=32).digest()


def _place(workspace_id: int, code_id: str) -> str:
    return f"{workspace_id}/one_time_code/{code_id}"
