"""Processes that do nothing but send calls, to be killed: ``python -m tests.targets.carrier DATA DATABASE``.

This one opens nothing and has no thread: for each line ``NUMBER CLOCK_AHEAD_US STEP`` on its input it forks a sender, which is a process of
its own and is killed as one, but has its imports already: a round takes a tenth of what starting Python anew for it took. STEP says where
the sender stands still to be killed: `answered` between a receiver's answer and our own commit of it, `free` nowhere.
"""

import asyncio
import os
import signal
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

    def __init__(self, number: str) -> None:
        super().__init__(stamps.now)
        self.number = number

    async def put(self, store: Database, one: Settled) -> None:
        say(f"answered {self.number}")
        await asyncio.Event().wait()


def say(line: str) -> None:
    """In one write, since several processes write to the same pipe."""
    os.write(1, f"{line}\n".encode())


async def carry(data: Path, database: str, number: str, ahead: int, step: str) -> None:
    desk = await stores.open_desk(load({}, data=data, database=database))
    outbound = Outbound(allow=[ip_network("127.0.0.0/8")], ports=range(1, 65536))
    sender = Sender(desk.store, desk.vault, outbound, now=lambda: stamps.now() + ahead)
    if step == "answered":
        sender._settler = Halting(number)
    say(f"sender {number} {os.getpid()}")
    while await sender.send_due():
        pass
    say(f"done {number}")
    await asyncio.sleep(60)


def main() -> None:
    _, folder, url = sys.argv
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever was killed is gone at once
    say("ready")
    for line in sys.stdin:
        number, ahead, step = line.split()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(carry(Path(folder), url, number, int(ahead), step))
            os._exit(0)


if __name__ == "__main__":
    main()
