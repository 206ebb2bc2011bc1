"""A workspace: one company's desk. Several may live in one installation; the key or the sign-in decides which."""

import re
import zoneinfo
from functools import cache

from msgspec import Struct

from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.storage.database import Database, Transaction

_COLUMNS = "id, slug, name, time_zone, currency, region, created_at"


class Workspace(Struct, frozen=True):
    """`currency` (ISO 4217) and `region` (ISO 3166, for phones without a country code) are what new connectors start with."""

    id: int
    slug: str
    name: str
    time_zone: str
    currency: str
    region: str
    created_at: int


async def create(tx: Transaction, name: str, *, time_zone: str = "UTC", currency: str = "EUR", region: str = "GB") -> Workspace:
    """Raises Refused with the field, Conflict when the name is taken."""
    slug = slug_of(name)
    check(name, time_zone=time_zone, currency=currency, region=region)
    if await tx.one("select 1 from workspace where slug = :slug", slug=slug):
        raise Conflict(f"A workspace named {name} exists already.", field="workspace", hint="Choose another name.")
    row = await tx.one("select max(id) from workspace")
    workspace = Workspace((row[0] or 0) + 1 if row else 1, slug, name.strip(), time_zone, currency.upper(), region.upper(), stamps.now())
    await tx.run(
        f"insert into workspace ({_COLUMNS}) values (:id, :slug, :name, :time_zone, :currency, :region, :created_at)",
        id=workspace.id,
        slug=workspace.slug,
        name=workspace.name,
        time_zone=workspace.time_zone,
        currency=workspace.currency,
        region=workspace.region,
        created_at=workspace.created_at,
    )
    return workspace


def check(name: str, *, time_zone: str, currency: str, region: str) -> None:
    """Raises Refused naming the first field that is wrong."""
    if not name.strip() or len(name) > 80:
        raise Refused("A workspace needs a name of 1 to 80 characters.", field="workspace", hint="Use the name of the shop.")
    if time_zone not in _time_zones():
        raise Refused(f"{time_zone} is not a time zone.", field="time_zone", hint="Write it like Europe/Oslo.")
    if not re.fullmatch(r"[A-Za-z]{3}", currency):
        raise Refused(f"{currency} is not a currency code.", field="currency", hint="Write three letters, such as EUR.")
    if not re.fullmatch(r"[A-Za-z]{2}", region):
        raise Refused(f"{region} is not a country code.", field="region", hint="Write two letters, such as GB.")


@cache
def _time_zones() -> set[str]:
    """Asked once: the answer is a walk through six hundred files."""
    return zoneinfo.available_timezones()


async def every(database: Database) -> list[Workspace]:
    """All workspaces of this installation, for operators."""
    return [Workspace(*row) for row in await database.read(f"select {_COLUMNS} from workspace order by id limit 1000")]


async def any_yet(store: Database | Transaction) -> bool:
    """Whether this installation was set up; inside a transaction the answer holds until its end."""
    return await store.one("select 1 from workspace limit 1") is not None


async def by_id(database: Database | Transaction, workspace_id: int) -> Workspace:
    row = await database.one(f"select {_COLUMNS} from workspace where id = :id", id=workspace_id)
    if row is None:
        raise Unknown("That workspace does not exist.")
    return Workspace(*row)


async def chosen(database: Database, slug: str | None) -> Workspace:
    """The workspace an operator means: the named one, or the only one. Raises Unknown when that is not clear."""
    found = await every(database)
    if not found:
        raise Unknown("There is no workspace yet. Run tillside setup first.")
    if slug is None:
        if len(found) > 1:
            raise Unknown(f"There are several workspaces. Add --workspace with one of: {', '.join(one.slug for one in found)}.")
        return found[0]
    for workspace in found:
        if slug in (workspace.slug, workspace.name):
            return workspace
    raise Unknown(f"There is no workspace named {slug}.")


def slug_of(name: str) -> str:
    """The name as it stands in keys: lower-case letters and digits."""
    return re.sub(r"[^a-z0-9]+", "", name.lower())[:24] or "shop"
