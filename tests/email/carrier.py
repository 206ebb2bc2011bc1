"""A process that does nothing but carry letters, to be killed: ``python -m tests.email.carrier DATA DATABASE PORT CLOCK_AHEAD_US``."""

import asyncio
import sys
from pathlib import Path

from tillside import stores
from tillside.base import smtp, stamps
from tillside.base.settings import load
from tillside.email import letter
from tillside.email.post import Post


async def carry(data: Path, database: str, port: int, ahead: int) -> None:
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_sender": "desk@fern.example", "smtp_security": "none"}
    settings = load({}, data=data, database=database, **given)
    store, _ = await stores.open_stores(settings)
    server = smtp.configured(settings)
    assert server is not None
    post = Post(letter.Desk(store, data, lambda file: ""), server, now=lambda: stamps.now() + ahead)
    print("ready", flush=True)
    while await post.carry_due(store, at=stamps.now() + ahead):
        pass
    print("done", flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    _, folder, url, port, ahead = sys.argv
    asyncio.run(carry(Path(folder), url, int(port), int(ahead)))
