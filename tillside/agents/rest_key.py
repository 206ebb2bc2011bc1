"""REST keys: secret keys of integrators' scripts, shown once, kept as hashes. Each names what it may do."""

from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Refused, Unknown
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

_COLUMNS = "workspace_id, id, name, hint, created_at, used_at, revoked_at, scopes"
EVERYTHING = "*"
NOUNS = ("tickets", "customers", "orders", "tags", "directory", "files", "reports", "events", "targets", "deliveries")
_OF_NOUNS = [f"{noun}:{way}" for noun in NOUNS for way in ("read", "write") if (noun, way) not in (("reports", "write"), ("events", "write"))]
SCOPES = (*_OF_NOUNS, "actions:read", "actions:run", "actions:approve")
"""What a key may be given: to read or to write one kind of thing. Writing does not include reading."""


class RestKey(Struct, frozen=True):
    """`hint`: the first characters, to tell keys apart."""

    workspace_id: int
    id: str
    name: str
    hint: str
    created_at: int
    used_at: int | None
    revoked_at: int | None
    scopes: str = EVERYTHING

    def may(self, scope: str) -> bool:
        return self.scopes == EVERYTHING or scope in self.scopes.split()


async def add(tx: Transaction, workspace_id: int, name: str, *, scopes: Sequence[str] = (EVERYTHING,)) -> tuple[RestKey, str]:
    """A new key and its text, which is stored nowhere. Raises Refused when it has no name, or may do nothing we know."""
    if not name.strip():
        raise Refused("A key needs a name.", field="name", hint="Name the script that will use it.")
    if not scopes or any(scope not in (*SCOPES, EVERYTHING) for scope in scopes):
        raise Refused("A key needs something it may do.", field="scopes", hint=f"Choose from: {', '.join(SCOPES)}.")
    given = EVERYTHING if EVERYTHING in scopes else " ".join(sorted(set(scopes)))
    text = stamps.token("tsk_")
    key = RestKey(workspace_id, stamps.new_id("key"), name.strip(), text[:10], stamps.now(), None, None, given)
    await tx.run(
        "insert into rest_key (workspace_id, id, name, key_hash, hint, created_at, scopes)"
        " values (:workspace_id, :id, :name, :hash, :hint, :at, :scopes)",
        workspace_id=workspace_id,
        id=key.id,
        name=key.name,
        hash=hashed(text),
        hint=key.hint,
        at=key.created_at,
        scopes=given,
    )
    activity.record(tx, workspace_id, "key.added", key.id)
    return key, text


async def find(database: Database, text: str) -> RestKey | None:
    """The live key with this text."""
    row = await database.one(f"select {_COLUMNS} from rest_key where key_hash = :hash and revoked_at is null", hash=hashed(text))
    return RestKey(*row) if row else None


async def every(database: Database, workspace_id: int) -> list[RestKey]:
    rows = await database.read(
        f"select {_COLUMNS} from rest_key where workspace_id = :workspace_id order by id desc limit 200", workspace_id=workspace_id
    )
    return [RestKey(*row) for row in rows]


async def touch(tx: Transaction, key: RestKey) -> None:
    """Write down that the key was used, every few minutes, so that forgotten keys can be told from live ones."""
    await tx.run(
        "update rest_key set used_at = :at where workspace_id = :workspace_id and id = :id",
        at=stamps.now(),
        workspace_id=key.workspace_id,
        id=key.id,
    )


async def revoke(tx: Transaction, workspace_id: int, key_id: str) -> None:
    """The key stops working with the next request. Raises Unknown."""
    changed = await tx.run(
        "update rest_key set revoked_at = :at where workspace_id = :workspace_id and id = :id and revoked_at is null",
        at=stamps.now(),
        workspace_id=workspace_id,
        id=key_id,
    )
    if not changed:
        raise Unknown("There is no such live key.")
    activity.record(tx, workspace_id, "key.revoked", key_id)


def hashed(text: str) -> bytes:
    return sha256(text.encode()).digest()
