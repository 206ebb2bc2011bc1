"""`tillside migrate`: bring the stores to the schema of this release."""

import click

from tillside import stores
from tillside.base.settings import Settings
from tillside.cli import ground
from tillside.storage import migrate as migrations


@click.command()
@ground.as_json
@ground.place
def migrate(settings: Settings, *, as_json: bool) -> None:
    """Bring the stores to the schema of this release; forward only."""

    async def work() -> list[str]:
        settings.data.mkdir(parents=True, exist_ok=True)
        store, entries = await stores.open_stores(settings)
        try:
            return [*await migrations.bring_up(store, "desk"), *await migrations.bring_up(entries, "log")]
        finally:
            await store.close()
            if entries is not store:
                await entries.close()

    applied = ground.run(work())
    if as_json:
        ground.tell({"applied": applied}, as_json=True)
    else:
        click.echo("\n".join(f"applied {name}" for name in applied) or "Nothing to do: the schema is the one of this release.")
