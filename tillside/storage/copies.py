"""A PostgreSQL desk as files, one a table, read in one snapshot; and back. Needs no program of the server's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from msgspec import Struct

from tillside.base.errors import Misconfigured, Refused

_TABLES = """
select table_name, array_agg(column_name::text order by ordinal_position) from information_schema.columns
join information_schema.tables using (table_schema, table_name)
where table_schema = current_schema() and table_type = 'BASE TABLE' group by table_name order by table_name
"""
_OTHERS = (
    "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
)
_COUNTERS = {"entry": "position", "activity": "position", "message": "seq"}
"""Columns whose numbers are never given twice, not even after the rows are gone."""


class Copied(Struct, frozen=True):
    """What a dump holds: the columns of each table, and where each counter stood."""

    tables: dict[str, list[str]]
    counters: dict[str, int]


async def dump(url: str, folder: Path) -> Copied:
    """Write ``TABLE.copy`` for every table into a folder, all as of one moment, while others read and write."""
    async with _connected(url) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        tables = {name: list(columns) for name, columns in await connection.fetch(_TABLES)}
        for name, columns in tables.items():
            await connection.copy_from_table(name, columns=columns, output=folder / f"{name}.copy")
        counters = {}
        for name in _COUNTERS.keys() & tables.keys():
            sequence = await connection.fetchval("select pg_get_serial_sequence($1, $2)", name, _COUNTERS[name])
            counters[name] = await connection.fetchval(f"select case when is_called then last_value else 0 end from {sequence}")
    return Copied(tables, counters)


async def clear(url: str, *, force: bool) -> None:
    """See that nobody works here and nothing is lost, then drop every table of the schema. Raises Refused."""
    async with _connected(url) as connection:
        if await connection.fetchval(_OTHERS):
            raise Refused("Somebody is connected to this database; a desk may be serving it.", hint="Stop it first.")
        names = [name for name, _ in await connection.fetch(_TABLES)]
        if "workspace" in names and await connection.fetchval("select exists (select 1 from workspace)") and not force:
            raise Refused("This database holds a desk already.", hint="Restore into an empty one, or add --force to replace it.")
        async with connection.transaction():
            for name in names:
                await connection.execute(f'drop table "{name}" cascade')


async def load(url: str, folder: Path, copied: Copied) -> None:
    """Fill empty tables from the files of a dump, all or nothing."""
    async with _connected(url) as connection, connection.transaction():
        for name, columns in copied.tables.items():
            await connection.execute(f"delete from {name}")
            await connection.copy_to_table(name, columns=columns, source=folder / f"{name}.copy")
        for name, last in copied.counters.items():
            await connection.execute("select setval(pg_get_serial_sequence($1, $2), $3, $4)", name, _COUNTERS[name], max(last, 1), last > 0)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        raise Misconfigured(f"PostgreSQL cannot be reached: {error}. Check --database.") from error
    try:
        yield connection
    finally:
        await connection.close()
