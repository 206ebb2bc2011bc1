"""`tillside backup` and `tillside restore`: everything of a desk in one file, while it serves; and back, while it does not."""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from tillside import stores
from tillside.base.errors import Refused
from tillside.base.settings import Settings
from tillside.base.vault import Vault
from tillside.cli import archive, ground, lock
from tillside.cli.archive import Manifest
from tillside.storage import copies, migrate
from tillside.storage.copies import Copied
from tillside.storage.database import Database
from tillside.storage.postgres import PostgresDatabase
from tillside.storage.sqlite import SqliteDatabase

_KEY = "secret.key"
_STORES = ("desk", "log")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@ground.as_json
@ground.place
def backup(settings: Settings, *, file: Path, as_json: bool) -> None:
    """Copy everything into FILE (a .tar.gz), while serving.

    It holds the key that opens the connectors' secrets: keep it as you keep a password.
    """
    if not file.parent.is_dir():
        raise click.UsageError(f"There is no folder {file.parent}.")
    Vault.open(settings.data)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as name:
        folder = Path(name)
        copied, schema = ground.run(_copy(settings, folder))
        shutil.copyfile(settings.data / _KEY, folder / _KEY)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = archive.pack(folder, file, kind=_kind(settings), made_at=at, schema=schema, copied=copied)
    sizes = sum(part.size for part in manifest.parts.values())
    ground.tell({"file": str(file), "bytes": file.stat().st_size, "unpacked_bytes": sizes, "made_at": at}, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there; SQLite files are moved aside, not deleted.")
@ground.as_json
@ground.place
def restore(settings: Settings, *, file: Path, force: bool, as_json: bool) -> None:
    """Put a backup back. Refuses while a desk serves this data folder."""
    with lock.stopped(settings.data) as is_free:
        if not is_free:
            raise Refused(f"A desk serves {settings.data}.", hint="Stop it first.")
        is_unfinished = (settings.data / lock.UNFINISHED).exists()
        kept = [path for path in (*stores.files(settings.data), settings.data / _KEY) if path.exists()]
        if kept and not force and not is_unfinished and not settings.database:
            raise Refused(f"{settings.data} holds a desk already.", hint="Restore into an empty folder, or add --force.")
        with tempfile.TemporaryDirectory(dir=settings.data, prefix=".restore-") as name:
            manifest = archive.unpack(file, Path(name))
            _fits(manifest, settings, file)
            _replace(settings, Path(name), manifest, force=force or is_unfinished)
    ground.tell({"file": str(file), "made_at": manifest.made_at, "release": manifest.release}, as_json=as_json)


async def _copy(settings: Settings, folder: Path) -> tuple[Copied | None, dict[str, int]]:
    """The stores into a folder: on SQLite the desk first, then the log, so that the log holds at least what the desk knows."""
    store, entries = await stores.open_stores(settings)
    try:
        for name, database in zip(_STORES, (store, entries), strict=True):
            await migrate.bring_up(database, name)
        schema = {name: await _newest(store if name == "desk" else entries, name) for name in _STORES}
        if settings.database:
            return await copies.dump(settings.database, folder), schema
        for path, database in zip(stores.files(settings.data), (store, entries), strict=True):
            assert isinstance(database, SqliteDatabase)
            await database.snapshot(folder / path.name)
        return None, schema
    finally:
        await store.close()
        if entries is not store:
            await entries.close()


async def _newest(database: Database, store: str) -> int:
    row = await database.one("select max(number) from migration where store = :store", store=store)
    return int(row[0] or 0) if row else 0


def _fits(manifest: Manifest, settings: Settings, file: Path) -> None:
    """Raises Refused when the backup is of the other database, or of a newer release."""
    if manifest.kind != _kind(settings):
        words = {"sqlite": "an SQLite desk: leave --database out", "postgres": "a PostgreSQL desk: name its place with --database"}
        raise Refused(f"{file} is a backup of {words.get(manifest.kind, manifest.kind)}.")
    for store in _STORES:
        if manifest.schema.get(store, 0) > max(one.number for one in migrate.known(store)):
            raise Refused(f"{file} was made by release {manifest.release}, which is newer.", hint="Restore it with that release.")


def _replace(settings: Settings, folder: Path, manifest: Manifest, *, force: bool) -> None:
    """Put the parts in place. A mark stands in the data folder meanwhile, so that no desk starts on half of them."""
    data = settings.data
    mark = data / lock.UNFINISHED
    if settings.database:
        ground.run(copies.clear(settings.database, force=force))
    mark.touch()
    archive.sync_folder(data)
    _set_aside(data)
    if settings.database:
        ground.run(_fill(settings.database, folder, manifest))
        (folder / _KEY).replace(data / _KEY)
    else:
        for name in manifest.parts:
            (folder / name).replace(data / name)
    archive.sync_folder(data)
    mark.unlink()
    archive.sync_folder(data)


def _set_aside(data: Path) -> None:
    """Move the files of the desk that was here into a folder of their own, write-ahead logs too."""
    names = [path.name + ending for path in stores.files(data) for ending in ("", "-wal", "-shm")]
    found = [data / name for name in (*names, _KEY) if (data / name).exists()]
    if found:
        aside = data / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        aside.mkdir(mode=0o700)
        for path in found:
            path.replace(aside / path.name)
        archive.sync_folder(aside)


async def _fill(url: str, folder: Path, manifest: Manifest) -> None:
    """Tables as they were when the backup was made, filled; then brought to the schema of this release."""
    assert manifest.copied is not None
    database = await PostgresDatabase.open(url)
    try:
        for store in _STORES:
            await migrate.bring_up(database, store, up_to=manifest.schema[store])
        await copies.load(url, folder, manifest.copied)
        for store in _STORES:
            await migrate.bring_up(database, store)
    finally:
        await database.close()


def _kind(settings: Settings) -> str:
    return "postgres" if settings.database else "sqlite"
