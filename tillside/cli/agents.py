"""`tillside agent …`: let colleagues in."""

import click

from tillside.agents import access
from tillside.agents import agent as agents
from tillside.agents import workspace as workspaces
from tillside.base.errors import Unknown
from tillside.base.settings import Settings
from tillside.cli import ground
from tillside.cli.ground import Words
from tillside.edges.http.desk import Desk


@click.group(cls=Words)
def agent() -> None:
    """The people who answer."""


@agent.command()
@click.argument("email")
@click.option("--role", type=click.Choice(sorted(access.ROLES)), default="agent", show_default=True)
@click.option("--name", "person", default="", help="How colleagues see them.")
@ground.password
@ground.workspace
@ground.as_json
@ground.place
def add(settings: Settings, *, email: str, role: str, person: str, password: str, slug: str | None, as_json: bool) -> None:
    """Let a colleague in."""

    async def work() -> dict[str, object]:
        async with ground.desk(settings) as desk:
            home = await workspaces.chosen(desk.store, slug)
            async with desk.store.write() as tx:
                made = await agents.add(tx, home.id, email, name=person, role=role, password=password)
        return {"id": made.id, "email": made.email, "name": made.name, "role": made.role}

    ground.tell(ground.run(work()), as_json=as_json)


@agent.command("password")
@click.argument("email")
@ground.password
@ground.workspace
@ground.as_json
@ground.place
def replace_password(settings: Settings, *, email: str, password: str, slug: str | None, as_json: bool) -> None:
    """Give somebody who forgot theirs a new password; they are signed out everywhere."""

    async def work() -> dict[str, object]:
        agents.check_password(password)
        async with ground.desk(settings) as desk:
            home = await workspaces.chosen(desk.store, slug)
            address = email.strip().lower()
            found = next((one for one in await agents.every(desk.store, home.id) if one.email == address), None)
            if found is None:
                raise Unknown(f"Nobody signs in as {address}; `tillside agent list` shows who does.")
            async with desk.store.write() as tx:
                await agents.set_password(tx, found, await agents.hashed(password))
        return {"id": found.id, "email": found.email}

    ground.tell(ground.run(work()), as_json=as_json)


@agent.command("list")
@ground.workspace
@ground.as_json
@ground.place
def show(settings: Settings, *, slug: str | None, as_json: bool) -> None:
    """Who may sign in."""
    ground.tell_each(settings, slug, _lines, as_json=as_json)


async def _lines(desk: Desk, workspace_id: int) -> list[dict[str, object]]:
    found = await agents.every(desk.store, workspace_id)
    return [{"id": one.id, "email": one.email, "name": one.name, "role": one.role, "is_active": one.is_active} for one in found]
