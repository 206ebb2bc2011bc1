"""Runs migrations/NAME/NNNN_what.sql in order, forward only; refuses to serve a store that does not match this release."""

from hashlib import sha256
from importlib.resources import files

from msgspec import Struct

from tillside.base.errors import Misconfigured
from tillside.storage.database import Database

_TABLE = (
    "create table if not exists migration (store {text} not null, number bigint not null, name {text} not null, "
    "checksum {text} not null, primary key (store, number))"
)


class Migration(Struct, frozen=True):
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return sha256(self.sql.encode()).hexdigest()[:16]


def known(store: str) -> list[Migration]:
    """The migrations of this release for one store ("desk" or "log"), in order."""
    found = []
    for file in files("tillside.storage").joinpath("migrations", store).iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    return sorted(found, key=lambda migration: migration.number)


async def bring_up(database: Database, store: str, *, up_to: int | None = None) -> list[str]:
    """Apply what is missing and return its names. Raises Misconfigured when the store is newer or was changed by other hands.

    `up_to` stops earlier: a restore makes the tables as they were when the backup was made.
    """
    await database.script(database.dialect.script(_TABLE))
    missing = [one for one in await pending(database, store) if up_to is None or one.number <= up_to]
    for migration in missing:
        text = database.dialect.script(migration.sql)
        mark = (
            f"insert into migration (store, number, name, checksum) values "
            f"('{store}', {migration.number}, '{migration.name}', '{migration.checksum}');"
        )
        await database.script(f"begin immediate; {text}\n{mark}\ncommit;" if database.dialect.name == "sqlite" else f"{text}\n{mark}")
    return [f"{store}/{migration.number:04}_{migration.name}" for migration in missing]


async def pending(database: Database, store: str) -> list[Migration]:
    """The migrations not yet applied, after checking that those applied are the ones of this release."""
    rows = await database.read("select number, name, checksum from migration where store = :store order by number", store=store)
    release = known(store)
    for number, name, checksum in rows:
        own = next((migration for migration in release if migration.number == number), None)
        if own is None:
            raise Misconfigured(
                f"The {store} store was written by a newer release (migration {number} {name}). Use that release or restore a backup."
            )
        if own.checksum != checksum:
            raise Misconfigured(
                f"Migration {number} {name} of the {store} store is not the one of this release. Restore a backup or the original release."
            )
    applied = {row[0] for row in rows}
    return [migration for migration in release if migration.number not in applied]
