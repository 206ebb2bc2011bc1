"""`tillside setup`: the workspace and its first administrator, without the wizard."""

import click

from tillside.agents import agent as agents
from tillside.agents import workspace as workspaces
from tillside.base.settings import Settings
from tillside.cli import ground


@click.command()
@click.option("--workspace", "name", required=True, help="The company's name.")
@click.option("--email", required=True, help="The administrator's address; they sign in with it.")
@ground.password
@click.option("--name", "person", default="", help="The administrator's name.")
@click.option("--time-zone", default="UTC", show_default=True, help="Such as Europe/Oslo.")
@click.option("--currency", default="EUR", show_default=True, help="What amounts are in when an order does not say.")
@click.option("--region", default="GB", show_default=True, help="Country of phone numbers without a country code.")
@ground.as_json
@ground.place
def setup(
    settings: Settings, *, name: str, email: str, password: str, person: str, time_zone: str, currency: str, region: str, as_json: bool
) -> None:
    """Make a workspace and its first administrator."""

    async def work() -> dict[str, object]:
        async with ground.desk(settings) as desk, desk.store.write() as tx:
            home = await workspaces.create(tx, name, time_zone=time_zone, currency=currency, region=region)
            admin = await agents.add(tx, home.id, email, name=person, role="admin", password=password)
        return {"workspace": home.slug, "name": home.name, "agent_id": admin.id, "email": admin.email}

    ground.tell(ground.run(work()), as_json=as_json)
