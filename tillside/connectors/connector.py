"""A connector: one connected shop. Its key is public and stands in every page; its secrets are sealed (see base/vault.py)."""

from typing import Literal, TypedDict

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tillside.agents.workspace import Workspace, slug_of
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.base.trust import Trust
from tillside.base.vault import Vault
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction

Signatures = Literal["off", "verify", "require"]
OVERLAP = stamps.DAY
"""How long the previous secret keeps working after a rotation."""

_COLUMNS = (
    "workspace_id, id, api_key, name, currency, region, secret, previous_secret, previous_until, token_secret, origins, signatures, "
    "history_trust, created_at, first_event_at, sends_comments"
)


class Policies(TypedDict):
    """What may be changed of a connector."""

    name: str
    origins: list[str]
    signatures: str
    history_trust: int
    currency: str
    region: str


class Connector(Struct, frozen=True):
    """`secrets`: the current one first, then the previous one while it still works; `origins` empty means any;
    `sends_comments`: whether an operator's comment written through REST goes out to the customer."""

    workspace_id: int
    id: str
    api_key: str
    name: str
    currency: str
    region: str
    secrets: tuple[str, ...]
    previous_until: int | None
    token_secret: str
    origins: tuple[str, ...]
    signatures: Signatures
    history_trust: Trust
    created_at: int
    first_event_at: int | None
    sends_comments: bool = False

    @property
    def secret(self) -> str:
        return self.secrets[0]

    def live_secrets(self, at: int) -> tuple[str, ...]:
        """The secrets that work at a moment in microseconds."""
        if len(self.secrets) > 1 and self.previous_until is not None and at > self.previous_until:
            return self.secrets[:1]
        return self.secrets

    def allows(self, origin: str) -> bool:
        """Whether pages of this origin may send."""
        return not self.origins or origin.lower() in self.origins


async def add(
    tx: Transaction, vault: Vault, workspace: Workspace, name: str, *, api_key: str | None = None, secret: str | None = None
) -> Connector:
    """Connect a shop. A key or secret may be given to keep what the shop's pages already use. Raises Refused, Conflict."""
    if not name.strip() or len(name) > 120:
        raise Refused("A connector needs a name of 1 to 120 characters.", field="name", hint="Use the address of the shop.")
    key = api_key.strip() if api_key else await _free_key(tx, workspace)
    if not key.isascii() or not key.replace("-", "").replace("_", "").isalnum() or len(key) > 80:
        raise Refused("A connector key is letters, digits, - and _.", field="key", hint="Leave it out to have one made.")
    if await tx.one("select 1 from connector where api_key = :key", key=key):
        raise Conflict(f"The key {key} belongs to a connector already.", field="key", hint="Leave it out to have one made.")
    connector = Connector(
        workspace_id=workspace.id,
        id=stamps.new_id("con"),
        api_key=key,
        name=name.strip(),
        currency=workspace.currency,
        region=workspace.region,
        secrets=(secret or stamps.token("tss_"),),
        previous_until=None,
        token_secret=stamps.token("tsj_"),
        origins=(),
        signatures="verify",
        history_trust=Trust.SIGNED,
        created_at=stamps.now(),
        first_event_at=None,
    )
    await _insert(tx, vault, connector)
    activity.record(tx, workspace.id, "connector.added", connector.id)
    return connector


async def rotate(tx: Transaction, vault: Vault, connector: Connector) -> Connector:
    """A new secret; the old one works for a day longer, so that no order is refused while the shop is changed."""
    renewed = replace(connector, secrets=(stamps.token("tss_"), connector.secret), previous_until=stamps.now() + OVERLAP)
    await tx.run(
        "update connector set secret = :secret, previous_secret = :previous, previous_until = :until where workspace_id = :w and id = :id",
        secret=vault.seal(renewed.secrets[0], _place(renewed, "secret")),
        previous=vault.seal(renewed.secrets[1], _place(renewed, "previous")),
        until=renewed.previous_until,
        w=connector.workspace_id,
        id=connector.id,
    )
    activity.record(tx, connector.workspace_id, "connector.rotated", connector.id)
    return renewed


async def renew_token_secret(tx: Transaction, vault: Vault, connector: Connector) -> Connector:
    """A new secret for signed web tokens; the old one ends at once, since those tokens live an hour at most."""
    renewed = replace(connector, token_secret=stamps.token("tsj_"))
    await tx.run(
        "update connector set token_secret = :secret where workspace_id = :w and id = :id",
        secret=vault.seal(renewed.token_secret, _place(renewed, "token")),
        w=connector.workspace_id,
        id=connector.id,
    )
    activity.record(tx, connector.workspace_id, "connector.rotated", connector.id)
    return renewed


async def change(
    tx: Transaction,
    connector: Connector,
    *,
    name: str,
    origins: list[str],
    signatures: str,
    history_trust: int,
    currency: str,
    region: str,
) -> Connector:
    """Rename, set who may send and what is required. Raises Refused with the field."""
    checked = [_origin(origin) for origin in origins if origin.strip()]
    if signatures not in ("off", "verify", "require"):
        raise Refused(f"{signatures} is not a policy.", field="signatures", hint="Use off, verify or require.")
    if len(currency) != 3 or not currency.isalpha():
        raise Refused(f"{currency} is not a currency code.", field="currency", hint="Write three letters, such as EUR.")
    if len(region) != 2 or not region.isalpha():
        raise Refused(f"{region} is not a country code.", field="region", hint="Write two letters, such as GB.")
    if history_trust not in (Trust.SIGNED, Trust.CODE, Trust.PROVEN):
        raise Refused("That is not a level of trust.", field="history_trust", hint="Use signed, code or proven.")
    if not name.strip() or len(name) > 120:
        raise Refused("A connector needs a name of 1 to 120 characters.", field="name", hint="Use the address of the shop.")
    changed = replace(
        connector,
        name=name.strip(),
        origins=tuple(checked),
        signatures=signatures,
        history_trust=Trust(history_trust),
        currency=currency.upper(),
        region=region.upper(),
    )
    await tx.run(
        "update connector set name = :name, origins = :origins, signatures = :signatures, history_trust = :history_trust,"
        " currency = :currency, region = :region where workspace_id = :w and id = :id",
        name=changed.name,
        origins=msgspec.json.encode(changed.origins).decode(),
        signatures=changed.signatures,
        history_trust=int(changed.history_trust),
        currency=changed.currency,
        region=changed.region,
        w=connector.workspace_id,
        id=connector.id,
    )
    activity.record(tx, connector.workspace_id, "connector.changed", connector.id)
    return changed


async def mark_first_event(tx: Transaction, workspace_id: int, connector_id: str, at: int) -> None:
    """The light turns green, once."""
    changed = await tx.run(
        "update connector set first_event_at = :at where workspace_id = :w and id = :id and first_event_at is null",
        at=at,
        w=workspace_id,
        id=connector_id,
    )
    if changed:
        activity.record(tx, workspace_id, "connector.first_event", connector_id)


async def deliver_comments(tx: Transaction, connector: Connector, sends: bool) -> None:
    """Whether an operator's comment written through REST is only kept, as upstream does, or also sent to the customer."""
    changed = await tx.run(
        "update connector set sends_comments = :sends where workspace_id = :w and id = :id and sends_comments <> :sends",
        sends=int(sends),
        w=connector.workspace_id,
        id=connector.id,
    )
    if changed:
        activity.record(tx, connector.workspace_id, "connector.changed", connector.id)


async def every(database: Database, vault: Vault, workspace_id: int) -> list[Connector]:
    rows = await database.read(
        f"select {_COLUMNS} from connector where workspace_id = :workspace_id order by created_at, id limit 500", workspace_id=workspace_id
    )
    return [_connector(row, vault) for row in rows]


async def all_of_installation(database: Database, vault: Vault) -> list[Connector]:
    """Every connector of every workspace: for the directory that intake keeps, never for a person's request."""
    return [_connector(row, vault) for row in await database.read(f"select {_COLUMNS} from connector order by id limit 100000")]


async def by_id(database: Database, vault: Vault, workspace_id: int, connector_id: str) -> Connector:
    """Raises Unknown when this workspace has no such connector."""
    row = await database.one(
        f"select {_COLUMNS} from connector where workspace_id = :workspace_id and id = :id", workspace_id=workspace_id, id=connector_id
    )
    if row is None:
        raise Unknown("There is no such connector.")
    return _connector(row, vault)


def _connector(row: Row, vault: Vault) -> Connector:
    (workspace_id, connector_id, api_key, name, currency, region, secret, previous, until, token_secret, origins, *rest) = row
    place = f"{workspace_id}/connector/{connector_id}/"
    secrets: tuple[str, ...] = (vault.unseal(secret, place + "secret"),)
    if previous is not None:
        secrets += (vault.unseal(previous, place + "previous"),)
    signatures, history_trust, created_at, first_event_at, sends_comments = rest
    return Connector(
        workspace_id,
        connector_id,
        api_key,
        name,
        currency,
        region,
        secrets,
        until,
        vault.unseal(token_secret, place + "token"),
        tuple(msgspec.json.decode(origins, type=list[str])),
        signatures,
        Trust(history_trust),
        created_at,
        first_event_at,
        bool(sends_comments),
    )


async def _insert(tx: Transaction, vault: Vault, connector: Connector) -> None:
    await tx.run(
        "insert into connector (workspace_id, id, api_key, name, currency, region, secret, token_secret, origins, signatures,"
        " history_trust, created_at) values (:workspace_id, :id, :api_key, :name, :currency, :region, :secret, :token_secret,"
        " :origins, :signatures, :history_trust, :created_at)",
        workspace_id=connector.workspace_id,
        id=connector.id,
        api_key=connector.api_key,
        name=connector.name,
        currency=connector.currency,
        region=connector.region,
        secret=vault.seal(connector.secret, _place(connector, "secret")),
        token_secret=vault.seal(connector.token_secret, _place(connector, "token")),
        origins=msgspec.json.encode(connector.origins).decode(),
        signatures=connector.signatures,
        history_trust=int(connector.history_trust),
        created_at=connector.created_at,
    )


async def _free_key(tx: Transaction, workspace: Workspace) -> str:
    """The slug and the next index, as in "fernfold10" (contract, key concepts)."""
    base = slug_of(workspace.name)
    row = await tx.one("select count(*) from connector where workspace_id = :w", w=workspace.id)
    index = row[0] if row else 0
    while await tx.one("select 1 from connector where api_key = :key", key=f"{base}1{index}"):
        index += 1
    return f"{base}1{index}"


def _origin(text: str) -> str:
    origin = text.strip().lower().rstrip("/")
    scheme, separator, host = origin.partition("://")
    if scheme not in ("http", "https") or not separator or not host or "/" in host or " " in host:
        raise Refused(f"{text.strip()} is not an origin.", field="origins", hint="Write it like https://shop.example, without a path.")
    return origin


def _place(connector: Connector, what: str) -> str:
    return f"{connector.workspace_id}/connector/{connector.id}/{what}"
