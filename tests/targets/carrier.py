"""A process that does nothing but send calls, to be killed: ``python -m tests.targets.carrier DATA DATABASE CLOCK_AHEAD_US STEP``.

STEP says where it stands still to be killed: `answered` between a receiver's answer and our own commit of it, `free` nowhere.
"""

import asyncio
import sys
from ipaddress import ip_network
from pathlib import Path

from tillside import stores
from tillside.base import stamps
from tillside.base.outbound import Outbound
from tillside.base.settings import load
from tillside.storage.database import Database
from tillside.targets.sender import Sender
from tillside.targets.settling import Settled, Settler


class Halting(Settler):
    """Has the answer and never writes it down."""

    async def put(self, store: Database, one: Settled) -> None:
        print("answered", flush=True)
        await asyncio.Event().wait()


async def carry(data: Path, database: str, ahead: int, step: str) -> None:
    desk = await stores.open_desk(load({}, data=data, database=database))
    outbound = Outbound(allow=[ip_network("127.0.0.0/8")], ports=range(1, 65536))
    sender = Sender(desk.store, desk.vault, outbound, now=lambda: stamps.now() + ahead)
    if step == "answered":
        sender._settler = Halting(stamps.now)
    print("ready", flush=True)
    while await sender.send_due():
        pass
    print("done", flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    _, folder, url, ahead_us, where = sys.argv
    asyncio.run(carry(Path(folder), url, int(ahead_us), where))
