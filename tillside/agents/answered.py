"""Answers already given to writes that carried an Idempotency-Key, so that a repeat gets the first answer and has no effect."""

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.storage.database import Database, Transaction

LONGEST_NAME = 255


_CLAIM = """
insert into answered (workspace_id, key_id, name, digest, status, body, at) values (:w, :key_id, :name, :digest, 0, '', :at)
on conflict do nothing
"""
_KEEP = """
insert into answered (workspace_id, key_id, name, digest, status, body, at) values (:w, :key_id, :name, :digest, :status, :body, :at)
on conflict (workspace_id, key_id, name) do update set status = excluded.status, body = excluded.body where answered.status = 0
"""


class Answered(Struct, frozen=True):
    """`status` 0: the change is made, its answer is not written down yet."""

    status: int
    body: str
    at: int


async def find(database: Database | Transaction, workspace_id: int, key_id: str, name: str, digest: str) -> Answered | None:
    """The answer to an earlier request of this REST key under this name. Raises Conflict when that one said something else."""
    row = await database.one(
        "select digest, status, body, at from answered where workspace_id = :w and key_id = :key_id and name = :name",
        w=workspace_id,
        key_id=key_id,
        name=name,
    )
    if row is None:
        return None
    if row[0] != digest:
        raise Conflict("This Idempotency-Key belongs to another request.", field="Idempotency-Key", hint="Use a new key for every new request.")
    return Answered(*row[1:])


async def claim(tx: Transaction, workspace_id: int, key_id: str, name: str, digest: str) -> bool:
    """Take a name together with the change it stands for; False when another request has it. Both are there, or neither."""
    return await tx.run(_CLAIM, w=workspace_id, key_id=key_id, name=name, digest=digest, at=stamps.now()) > 0


async def keep(tx: Transaction, workspace_id: int, key_id: str, name: str, *, digest: str, status: int, body: str) -> None:
    """Remember an answer; the first one stays."""
    await tx.run(
        _KEEP,
        w=workspace_id,
        key_id=key_id,
        name=name,
        digest=digest,
        status=status,
        body=body,
        at=stamps.now(),
    )
