"""Answers already given to writes that carried an Idempotency-Key, so that a repeat gets the first answer and has no effect."""

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.storage.database import Database, Transaction

LONGEST_NAME = 255


class Answered(Struct, frozen=True):
    status: int
    body: str


async def find(database: Database, workspace_id: int, key_id: str, name: str, digest: str) -> Answered | None:
    """The answer to an earlier request of this REST key under this name. Raises Conflict when that one said something else."""
    row = await database.one(
        "select digest, status, body from answered where workspace_id = :w and key_id = :key_id and name = :name",
        w=workspace_id,
        key_id=key_id,
        name=name,
    )
    if row is None:
        return None
    if row[0] != digest:
        raise Conflict("This Idempotency-Key belongs to another request.", field="Idempotency-Key", hint="Use a new key for every new request.")
    return Answered(row[1], row[2])


async def keep(tx: Transaction, workspace_id: int, key_id: str, name: str, *, digest: str, status: int, body: str) -> None:
    """Remember an answer; the first one stays."""
    await tx.run(
        "insert into answered (workspace_id, key_id, name, digest, status, body, at)"
        " values (:w, :key_id, :name, :digest, :status, :body, :at) on conflict do nothing",
        w=workspace_id,
        key_id=key_id,
        name=name,
        digest=digest,
        status=status,
        body=body,
        at=stamps.now(),
    )
