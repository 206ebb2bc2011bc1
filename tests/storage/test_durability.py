"""What makes a commit durable is in force on every connection, whatever the operator's defaults are."""

from tests.conftest import Store
from tests.support.inside import Inside


async def test_every_connection_waits_for_the_disk(store: Store) -> None:
    inside = await Inside.open(store)
    try:
        database = inside.desk.store
        if database.dialect.name == "sqlite":
            async with database.write() as tx:
                assert await tx.read("pragma synchronous") == [(2,)] and await tx.read("pragma journal_mode") == [("wal",)]
            return
        name = (await database.read("select current_database()"))[0][0]
        await database.script(f"alter database {name} set synchronous_commit = off")
    finally:
        await inside.close()
    again = await Inside.open(store)
    try:
        shown = [await again.desk.store.read("show synchronous_commit") for _ in range(3)]
        async with again.desk.store.write() as tx:
            shown.append(await tx.read("show synchronous_commit"))
        assert shown == [[("on",)]] * 4
    finally:
        await again.close()
