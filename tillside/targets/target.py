"""An HTTP target: an external app the desk may call, as a shopkeeper sets it up. Secrets lie in secrets.py, calls in calls.py."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from tillside.base import outbound, stamps
from tillside.base.errors import Conflict, Outdated, Unknown
from tillside.base.vault import Vault
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction
from tillside.targets import alerts, checking, health, secrets
from tillside.targets.checking import CheckUrl
from tillside.targets.shape import Shape

State = Literal["on", "off", "disabled", "removed"]
_COLUMNS = "workspace_id, id, name, state, reason, doc, created_at, updated_at, version"
_INSERT = """
insert into target (workspace_id, id, name, folded, state, reason, is_card, listens, doc, created_at, updated_at, version)
values (:w, :id, :name, :folded, 'on', '', :is_card, :listens, :doc, :at, :at, 1)
"""
_UPDATE = """
update target set name = :name, folded = :folded, is_card = :is_card, listens = :listens, doc = :doc, updated_at = :at, version = version + 1
where workspace_id = :w and id = :id
"""
_TURN = """
update target set state = :state, reason = :reason, updated_at = :at, version = version + 1 where workspace_id = :w and id = :id
  and (state <> :state or reason <> :reason)
"""
_REMOVE = """
update target set state = 'removed', folded = id, is_card = 0, listens = 0, updated_at = :at, version = version + 1
where workspace_id = :w and id = :id
"""
_ONE = f"select {_COLUMNS} from target where workspace_id = :w and id = :id and state <> 'removed'"
_EVERY = f"select {_COLUMNS} from target where workspace_id = :w and state <> 'removed' order by folded, id limit 1000"
_CARDS = f"select {_COLUMNS} from target where workspace_id = :w and is_card = 1 and state = 'on' order by folded, id limit 20"
_LISTENING = f"select {_COLUMNS} from target where workspace_id = :w and listens = 1 and state = 'on' order by id limit 1000"


class Target(Shape, frozen=True, kw_only=True):
    """A target as it is kept. `state`: disabled is what the desk itself did, `reason` says why; the values of secret headers are ""."""

    workspace_id: int
    id: str
    state: State = "on"
    reason: str = ""
    created_at: int = 0
    updated_at: int = 0
    version: int = 1

    @property
    def is_on(self) -> bool:
        return self.state == "on"


class Draft(Shape, frozen=True, kw_only=True):
    """A target as somebody asks for it: secret headers with their values. `secret`: password, token or client secret of `auth`.

    A secret that is left empty stays as it was.
    """

    secret: str = ""


class Saved(Struct, frozen=True):
    """`signing_secret`: what was made for it just now, to be shown this once; "" when there was one already or it does not sign."""

    target: Target
    signing_secret: str = ""


async def add(tx: Transaction, vault: Vault, workspace_id: int, draft: Draft, *, check_url: CheckUrl = outbound.check_url) -> Saved:
    """`check_url`: of the client calls will be sent with. Raises Refused with what is wrong, Conflict when the name is taken."""
    checked = checking.checked(draft, check_url)
    await _free(tx, workspace_id, checked.name)
    at = stamps.now()
    target = _target(checked, workspace_id, stamps.new_id("tgt", at), created_at=at, updated_at=at)
    await tx.run(_INSERT, **_row(target), at=at)
    made = await secrets.keep(tx, vault, workspace_id, target.id, target, headers=_given(draft), auth=draft.secret)
    activity.record(tx, workspace_id, "target.added", target.id)
    return Saved(target, made)


async def change(
    tx: Transaction, vault: Vault, target: Target, draft: Draft, *, version: int | None = None, check_url: CheckUrl = outbound.check_url
) -> Saved:
    """Set all of it anew. Raises Refused, Conflict; Outdated when it is not at `version` any more."""
    checked = checking.checked(draft, check_url)
    held = await hold(tx, target.workspace_id, target.id)
    if version is not None and held.version != version:
        raise Outdated("This target was changed meanwhile.", field="version", hint="Read it again and repeat the change.")
    if checked.name.casefold() != held.name.casefold():
        await _free(tx, held.workspace_id, checked.name)
    at = stamps.now()
    new = _target(
        checked,
        held.workspace_id,
        held.id,
        state=held.state,
        reason=held.reason,
        created_at=held.created_at,
        updated_at=at,
        version=held.version + 1,
    )
    await tx.run(_UPDATE, **_row(new), at=at)
    made = await secrets.keep(tx, vault, held.workspace_id, held.id, new, headers=_given(draft), auth=draft.secret)
    await health.changed(tx, held.workspace_id, held.id)
    await alerts.end(tx, held.workspace_id, held.id, ["refused"], at=at)
    activity.record(tx, held.workspace_id, "target.changed", held.id)
    return Saved(new, made)


async def turn(tx: Transaction, target: Target, state: State, *, reason: str = "") -> None:
    """On, off, or disabled by the desk itself with a reason. Calls that wait for a target that is not on are given up (sender.py)."""
    at = stamps.now()
    changed = await tx.run(_TURN, state=state, reason=reason, at=at, w=target.workspace_id, id=target.id)
    if changed and state == "disabled":
        await alerts.raise_all(tx, [(target.workspace_id, target.id, "disabled")], at=at)
    elif changed:
        over: Sequence[alerts.Kind] = ("disabled",) if state == "on" else ("disabled", "refused", "held_back")
        await alerts.end(tx, target.workspace_id, target.id, over, at=at)
    if changed:
        told = msgspec.json.encode({"name": target.name, "reason": reason}).decode()
        activity.record(tx, target.workspace_id, f"target.{state}", target.id, detail=told)


async def remove(tx: Transaction, target: Target) -> None:
    """Nobody finds it any more and its secrets are gone; its name stays for the log, and what waits for it is given up by the sender."""
    given: dict[str, Any] = {"w": target.workspace_id, "id": target.id}
    for table in ("target_secret", "target_health", "target_card", "target_alert"):
        await tx.run(f"delete from {table} where workspace_id = :w and target_id = :id", **given)
    await tx.run(_REMOVE, **given, at=stamps.now())
    activity.record(tx, target.workspace_id, "target.removed", target.id)


async def by_id(store: Database | Transaction, workspace_id: int, target_id: str) -> Target:
    """Raises Unknown."""
    row = await store.one(_ONE, w=workspace_id, id=target_id)
    if row is None:
        raise Unknown("There is no such target.")
    return from_row(row)


async def hold(tx: Transaction, workspace_id: int, target_id: str) -> Target:
    """The row as it is now, kept from others until this transaction ends. Raises Unknown."""
    row = await tx.one(f"{_ONE} {{lock}}", w=workspace_id, id=target_id)
    if row is None:
        raise Unknown("There is no such target.")
    return from_row(row)


async def every(store: Database | Transaction, workspace_id: int) -> list[Target]:
    """All of them, by name."""
    return [from_row(row) for row in await store.read(_EVERY, w=workspace_id)]


async def names(store: Database | Transaction, workspace_id: int) -> dict[str, str]:
    """Id → name, also of those that were removed: for the log."""
    return dict(await store.read("select id, name from target where workspace_id = :w order by id limit 5000", w=workspace_id))


async def cards(store: Database | Transaction, workspace_id: int) -> list[Target]:
    """Those shown beside every conversation."""
    return [from_row(row) for row in await store.read(_CARDS, w=workspace_id)]


async def listening(store: Database | Transaction, workspace_id: int) -> list[Target]:
    """Those that subscribed to change events."""
    return [from_row(row) for row in await store.read(_LISTENING, w=workspace_id)]


def drafted(target: Target, draft: Draft) -> Target:
    """A target as a form has it, saved or not: for looking at it and trying it."""
    return _target(draft, target.workspace_id, target.id, state=target.state, version=target.version)


def unsaved(workspace_id: int) -> Target:
    """What a new target is before it is saved: nothing, with no id."""
    return Target(name="", workspace_id=workspace_id, id="")


def from_row(row: Row) -> Target:
    workspace_id, target_id, name, state, reason, doc, created_at, updated_at, version = row
    given = {"workspace_id": workspace_id, "id": target_id, "name": name, "state": state, "reason": reason}
    times = {"created_at": created_at, "updated_at": updated_at, "version": version}
    return msgspec.convert({**msgspec.json.decode(doc), **given, **times}, Target)


def _target(shape: Shape, workspace_id: int, target_id: str, **more: Any) -> Target:
    """The secret values are not part of it."""
    given = {name: getattr(shape, name) for name in Shape.__struct_fields__}
    given["headers"] = [msgspec.structs.replace(one, value="") if one.is_secret else one for one in shape.headers]
    return Target(**given, workspace_id=workspace_id, id=target_id, **more)


def _row(target: Target) -> dict[str, Any]:
    shape = {name: value for name, value in asdict(target).items() if name in Shape.__struct_fields__ and name != "name"}
    return {
        "w": target.workspace_id,
        "id": target.id,
        "name": target.name,
        "folded": target.name.casefold(),
        "is_card": int(target.is_card),
        "listens": int(bool(target.events)),
        "doc": msgspec.json.encode(shape).decode(),
    }


def _given(draft: Draft) -> dict[str, str]:
    """Secret headers as they were given: name in lower case → value."""
    return {one.name.lower(): one.value for one in draft.headers if one.is_secret}


async def _free(tx: Transaction, workspace_id: int, name: str) -> None:
    if await tx.one("select 1 from target where workspace_id = :w and folded = :folded", w=workspace_id, folded=name.casefold()):
        raise Conflict(f"There is a target {name} already.", field="name", hint="Choose another name.")
