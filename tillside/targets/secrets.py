"""The secrets of targets: sealed in rows of their own, written and never shown again. Only what sends unseals them."""

import base64
import os
from typing import Any

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.base.vault import Vault
from tillside.storage.database import Database, Transaction
from tillside.targets.shape import Shape

PREFIX = "whsec_"
OVERLAP = 24 * stamps.HOUR
"""How long a signing secret that was replaced still signs beside the new one."""
_KEY_BYTES = 32
_LONGEST = 8_000
_PUT = """
insert into target_secret (workspace_id, target_id, kind, name, sealed, made_at, until_at) values (:w, :id, :kind, :name, :sealed, :at, null)
on conflict (workspace_id, target_id, kind, name) do update set sealed = excluded.sealed, made_at = excluded.made_at
"""
_ALL = """
select kind, name, sealed, made_at, until_at from target_secret where workspace_id = :w and target_id = :id
order by kind, made_at desc, name desc limit 200
"""
_LIST = (
    "select kind, name, made_at, until_at from target_secret where workspace_id = :w and target_id = :id order by kind, made_at desc limit 200"
)
_RETIRE = """
update target_secret set until_at = :until where workspace_id = :w and target_id = :id and kind = 'signing' and until_at is null
"""
_FORGET_OLD = "delete from target_secret where workspace_id = :w and target_id = :id and kind = 'signing' and until_at is not null"
_FORGET_HEADERS = """
delete from target_secret where workspace_id = :w and target_id = :id and kind = 'header' and name not in {list:kept}
"""
_FORGET_AUTH = "delete from target_secret where workspace_id = :w and target_id = :id and kind = 'auth'"


class Unsealed(Struct, frozen=True):
    """What a sender needs: headers by their name in lower case; the secret of `auth`; signing secrets, the newest first."""

    headers: dict[str, str] = {}
    auth: str = ""
    signing: tuple[str, ...] = ()

    @property
    def all(self) -> list[str]:
        """Whatever may not be seen in a log."""
        return [one for one in (*self.headers.values(), self.auth, *self.signing) if one]


class Known(Struct, frozen=True):
    """What may be shown: which secrets there are and since when. `old_until`: when the replaced signing secret stops."""

    headers: frozenset[str]
    has_auth: bool
    signing_since: int | None
    old_until: int | None


async def keep(
    tx: Transaction, vault: Vault, workspace_id: int, target_id: str, shape: Shape, *, headers: dict[str, str], auth: str = ""
) -> str:
    """Seal what was given; what is "" stays as it was, what the shape no longer names is forgotten. Returns the signing secret if it was
    made just now. Raises Refused where one is missing."""
    known = await known_of(tx, workspace_id, target_id)
    given = {"w": workspace_id, "id": target_id}
    for name, value in headers.items():
        if value:
            await _put(tx, vault, given, "header", name, value)
        elif name not in known.headers:
            raise Refused(f"The secret header {name} has no value yet.", field="headers", hint="Write its value; it is not shown again.")
    await tx.run(_FORGET_HEADERS, **given, kept=sorted(headers))
    if shape.auth is None:
        await tx.run(_FORGET_AUTH, **given)
    elif auth:
        await _put(tx, vault, given, "auth", "", auth)
    elif not known.has_auth:
        raise Refused("The password or token is missing.", field="secret", hint="Write it; it is not shown again.")
    if shape.signs and known.signing_since is None:
        return await rotate(tx, vault, workspace_id, target_id)
    return ""


async def rotate(tx: Transaction, vault: Vault, workspace_id: int, target_id: str) -> str:
    """A new signing secret, to be shown this once; the one before signs beside it for `OVERLAP`, any older one no more."""
    made = PREFIX + base64.b64encode(os.urandom(_KEY_BYTES)).decode()
    given = {"w": workspace_id, "id": target_id}
    await tx.run(_FORGET_OLD, **given)
    await tx.run(_RETIRE, **given, until=stamps.now() + OVERLAP)
    await _put(tx, vault, given, "signing", stamps.new_id("whs"), made)
    await tx.run("update target set version = version + 1 where workspace_id = :w and id = :id", **given)  # who sends reads it anew
    return made


async def unsealed(store: Database | Transaction, vault: Vault, workspace_id: int, target_id: str, *, at: int) -> Unsealed:
    """Everything in the clear, for sending now. Raises Misconfigured when the key file does not fit."""
    headers: dict[str, str] = {}
    auth, signing = "", []
    for kind, name, sealed, _, until_at in await store.read(_ALL, w=workspace_id, id=target_id):
        value = vault.unseal(sealed, _place(workspace_id, target_id, kind, name))
        if kind == "header":
            headers[name] = value
        elif kind == "auth":
            auth = value
        elif until_at is None or until_at > at:
            signing.append(value)
    return Unsealed(headers, auth, tuple(signing))


async def known_of(store: Database | Transaction, workspace_id: int, target_id: str) -> Known:
    rows = await store.read(_LIST, w=workspace_id, id=target_id)
    current = [made_at for kind, _, made_at, until_at in rows if kind == "signing" and until_at is None]
    old = [until_at for kind, _, _, until_at in rows if kind == "signing" and until_at is not None]
    named = frozenset(name for kind, name, _, _ in rows if kind == "header")
    return Known(named, any(kind == "auth" for kind, *_ in rows), current[0] if current else None, max(old, default=None))


async def _put(tx: Transaction, vault: Vault, given: dict[str, Any], kind: str, name: str, value: str) -> None:
    if len(value) > _LONGEST or any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise Refused("A secret is one line of text.", field=name or kind, hint="Paste it without line breaks.")
    sealed = vault.seal(value, _place(given["w"], given["id"], kind, name))
    await tx.run(_PUT, **given, kind=kind, name=name, sealed=sealed, at=stamps.now())


def _place(workspace_id: int, target_id: str, kind: str, name: str) -> str:
    return f"{workspace_id}/target/{target_id}/{kind}/{name}"
