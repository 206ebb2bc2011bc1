"""Opens the stores a data folder or URL names, at the schema of this release. Used by the server and by every command."""

from pathlib import Path

from tillside.base.errors import Misconfigured
from tillside.base.settings import Settings
from tillside.base.vault import Vault
from tillside.edges.http.desk import Desk
from tillside.storage import migrate
from tillside.storage.database import Database
from tillside.storage.postgres import PostgresDatabase
from tillside.storage.sqlite import SqliteDatabase

DESK_FILE = "desk.db"
LOG_FILE = "log.db"


async def open_desk(settings: Settings, *, serving: bool = False, projecting: bool = False) -> Desk:
    """The desk of these settings, migrated. `serving`: this process alone moves SQLite's write-ahead log into the files.
    `projecting`: this process writes nothing to the desk but what the log holds already."""
    settings.data.mkdir(parents=True, exist_ok=True)
    vault = Vault.open(settings.data)
    store, entries = await open_stores(settings, serving=serving, projecting=projecting)
    await migrate.bring_up(store, "desk")
    await migrate.bring_up(entries, "log")
    return Desk(settings, store=store, entries=entries, vault=vault)


async def open_stores(settings: Settings, *, serving: bool = False, projecting: bool = False) -> tuple[Database, Database]:
    """The desk's store and the log's; the same one on PostgreSQL."""
    if settings.database:
        if not settings.database.startswith(("postgres://", "postgresql://")):
            raise Misconfigured("--database takes a PostgreSQL URL, such as postgresql://user@host/tillside. Leave it out for SQLite.")
        database = await PostgresDatabase.open(settings.database)
        return database, database
    return (
        SqliteDatabase(settings.data / DESK_FILE, checkpoints=serving, syncs=not projecting),
        SqliteDatabase(settings.data / LOG_FILE, checkpoints=serving),
    )


def files(data: Path) -> list[Path]:
    """The SQLite files of a data folder, desk first: the order in which a backup copies them."""
    return [data / DESK_FILE, data / LOG_FILE]
