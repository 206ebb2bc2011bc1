"""`tillside connector …`: connect shops, list them, rotate a secret."""

import click

from tillside.agents import workspace as workspaces
from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.base.settings import Settings
from tillside.cli import ground
from tillside.cli.ground import Words
from tillside.connectors import connector as connectors
from tillside.connectors.connector import Connector
from tillside.edges.http.desk import Desk


@click.group(cls=Words)
def connector() -> None:
    """Connected shops."""


@connector.command()
@click.argument("name")
@click.option("--key", help="Keep a key the shop's pages already use.")
@click.option("--secret", envvar="TILLSIDE_CONNECTOR_SECRET", help="Keep a secret the shop's server already uses.")
@ground.workspace
@ground.as_json
@ground.place
def add(settings: Settings, *, name: str, key: str | None, secret: str | None, slug: str | None, as_json: bool) -> None:
    """Connect a shop. The secrets are shown once."""

    async def work() -> dict[str, object]:
        async with ground.desk(settings) as desk:
            home = await workspaces.chosen(desk.store, slug)
            async with desk.store.write() as tx:
                return _whole(await connectors.add(tx, desk.vault, home, name, api_key=key, secret=secret))

    ground.tell(ground.run(work()), as_json=as_json)


@connector.command("list")
@ground.workspace
@ground.as_json
@ground.place
def show(settings: Settings, *, slug: str | None, as_json: bool) -> None:
    """The connected shops, without their secrets."""
    ground.tell_each(settings, slug, _lines, as_json=as_json)


@connector.command()
@click.argument("which", metavar="NAME|KEY|ID")
@ground.workspace
@ground.as_json
@ground.place
def rotate(settings: Settings, *, which: str, slug: str | None, as_json: bool) -> None:
    """Make a new secret. The old one works for a day longer."""

    async def work() -> dict[str, object]:
        async with ground.desk(settings) as desk:
            home = await workspaces.chosen(desk.store, slug)
            found = await meant(desk, home.id, which)
            async with desk.store.write() as tx:
                return _whole(await connectors.rotate(tx, desk.vault, found))

    ground.tell(ground.run(work()), as_json=as_json)


async def meant(desk: Desk, workspace_id: int, which: str | None) -> Connector:
    """The connector somebody means by its key, id or name, or the only one. Raises Unknown when that is not clear."""
    found = await connectors.every(desk.store, desk.vault, workspace_id)
    if which is None and len(found) == 1:
        return found[0]
    fitting = [one for one in found if which in (one.api_key, one.id, one.name)]
    if len(fitting) == 1:
        return fitting[0]
    keys = ", ".join(one.api_key for one in found) or "none yet; tillside connector add makes one"
    raise Unknown(f"Name one connector by its key. There are: {keys}." if which is None else f"No single connector is {which}. Keys: {keys}.")


async def _lines(desk: Desk, workspace_id: int) -> list[dict[str, object]]:
    return [_line(one) for one in await connectors.every(desk.store, desk.vault, workspace_id)]


def _line(one: Connector) -> dict[str, object]:
    is_rotating = one.previous_until is not None and one.previous_until > stamps.now()
    return {
        "id": one.id,
        "name": one.name,
        "api_key": one.api_key,
        "signatures": one.signatures,
        "has_sent": one.first_event_at is not None,
        "is_rotating": is_rotating,
    }


def _whole(one: Connector) -> dict[str, object]:
    return {"id": one.id, "name": one.name, "api_key": one.api_key, "api_secret": one.secret, "token_secret": one.token_secret}
