"""`tillside key …`: REST keys for integrators' scripts."""

import click

from tillside.agents import rest_key
from tillside.agents import workspace as workspaces
from tillside.base.errors import Unknown
from tillside.base.settings import Settings
from tillside.cli import ground
from tillside.cli.ground import Words
from tillside.edges.http.desk import Desk


@click.group(cls=Words)
def key() -> None:
    """REST keys."""


@key.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, metavar="WORD", help="What it may do, such as tickets:read; several times for several.")
@ground.workspace
@ground.as_json
@ground.place
def add(settings: Settings, *, name: str, scopes: tuple[str, ...], slug: str | None, as_json: bool) -> None:
    """Make a key. It is shown once, and may do everything unless --scope says less."""

    async def work() -> dict[str, object]:
        async with ground.desk(settings) as desk:
            home = await workspaces.chosen(desk.store, slug)
            async with desk.store.write() as tx:
                made, text = await rest_key.add(tx, home.id, name, scopes=scopes or (rest_key.EVERYTHING,))
        return {"id": made.id, "name": made.name, "may": made.scopes, "key": text}

    ground.tell(ground.run(work()), as_json=as_json)


@key.command("list")
@ground.workspace
@ground.as_json
@ground.place
def show(settings: Settings, *, slug: str | None, as_json: bool) -> None:
    """The keys by name and first characters."""
    ground.tell_each(settings, slug, _lines, as_json=as_json)


@key.command()
@click.argument("which", metavar="ID|NAME")
@ground.workspace
@ground.as_json
@ground.place
def revoke(settings: Settings, *, which: str, slug: str | None, as_json: bool) -> None:
    """End a key with its next request."""

    async def work() -> dict[str, object]:
        async with ground.desk(settings) as desk:
            home = await workspaces.chosen(desk.store, slug)
            live = [one for one in await rest_key.every(desk.store, home.id) if one.revoked_at is None and which in (one.id, one.name)]
            if len(live) != 1:
                raise Unknown(f"{len(live)} live keys are called {which}. Name one by its id; tillside key list shows them.")
            async with desk.store.write() as tx:
                await rest_key.revoke(tx, home.id, live[0].id)
        return {"id": live[0].id, "name": live[0].name, "is_live": False}

    ground.tell(ground.run(work()), as_json=as_json)


async def _lines(desk: Desk, workspace_id: int) -> list[dict[str, object]]:
    found = await rest_key.every(desk.store, workspace_id)
    return [{"id": one.id, "name": one.name, "begins": one.hint, "may": one.scopes, "is_live": one.revoked_at is None} for one in found]
