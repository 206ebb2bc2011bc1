"""Rounds of load, kill -9 and restart, and the count afterwards: nothing acknowledged is missing, nothing is doubled."""

import asyncio
import random
import statistics
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import apsw
from msgspec import Struct

from tests.crash.load import KEY, Ledger, Load
from tests.support.postgres import Cluster
from tests.support.process import Process
from tillside import stores
from tillside.agents import workspace
from tillside.base.settings import Settings, load
from tillside.connectors import connector as connectors
from tillside.feeds import follow, log
from tillside.projector import work
from tillside.storage.database import Database

LEAST = 500
SHOPS = 48
MOMENTS = ("commit", "checkpoint", "projection", "whenever")


class Outcome(Struct):
    """What all rounds came to."""

    rounds: int = 0
    acknowledged: int = 0
    smallest_round: int = 0
    missing: int = 0
    doubled: int = 0
    damaged: int = 0
    refused: int = 0
    restart_seconds: list[float] = []
    moments: dict[str, int] = {}

    def words(self) -> str:
        restart = f"restart to first answer {statistics.median(self.restart_seconds):.2f} s (median), {max(self.restart_seconds):.2f} s (worst)"
        return (
            f"{self.rounds} rounds {self.moments}: {self.acknowledged} acknowledged (at least {self.smallest_round} a round), "
            f"{self.missing} missing, {self.doubled} doubled, {self.damaged} damaged files, {self.refused} refused; {restart}"
        )


class Scene:
    """One data folder (and cluster) that goes through all rounds."""

    def __init__(self, folder: Path, *, cluster: Cluster | None = None, modes: tuple[str, ...] = (), seed: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._cluster = cluster
        self._url = cluster.url(cluster.create()) if cluster else ""
        self._settings: Settings = load({}, data=folder / "desk", database=self._url or None)
        self._ledger = Ledger(folder / "ledger.txt")
        self._chance = random.Random(seed)
        where = ["--data", str(self._settings.data), *(["--database", self._url] if self._url else [])]
        self._words, self._modes = ["serve", "--port", "0", *where], modes
        self._number = 0
        self.outcome = Outcome()

    def play(self, rounds: int) -> Outcome:
        """All rounds, then the final count."""
        with closing(self._ledger):
            asyncio.run(self._connect_shop())
            for place in range(rounds):
                asyncio.run(self._round(MOMENTS[place % len(MOMENTS)], place))
            self._check_files()
            asyncio.run(self._count())
        return self.outcome

    async def _round(self, moment: str, place: int) -> None:
        """Start, load until enough is acknowledged, kill at the chosen moment; in two of three rounds PostgreSQL dies first."""
        begun = time.perf_counter()
        server = self._server(place)
        await asyncio.to_thread(server.start, within=60)
        load = Load(self._ledger, self._number)
        before = len(self._ledger.acknowledged)
        try:
            await load.begin(int(server.url.rpartition(":")[2]), SHOPS)
            await asyncio.wait_for(load.answered.wait(), 20)
            self.outcome.restart_seconds.append(time.perf_counter() - begun)
            until = time.perf_counter() + 60
            while len(self._ledger.acknowledged) - before < LEAST and time.perf_counter() < until and not load.refusals:
                await asyncio.sleep(0.005)
            await self._wait_for(moment, load)
        finally:
            dies = self._cluster if self._cluster and place % 3 else None
            if dies:
                dies.kill9()
            await asyncio.to_thread(server.kill9)
            await load.end()
            if dies:
                dies.serve()  # in this thread: the kernel ends the cluster with the thread that started it
        self._number = load.number
        self._tell(moment, len(self._ledger.acknowledged) - before, load, server)

    def _server(self, place: int) -> Process:
        """On SQLite, four rounds in turn: the power goes, from a desk in one process, whose projection is written as unsynced as its own
        process writes it; or everything is killed, in as many processes as the desk has by itself. What a power cut would take is kept
        in the memory of one process (disk.py), so that two cannot share such a disk."""
        powerless = not self._url and place // len(MOMENTS) % 2 == 0
        modes = [*self._modes, *(["held", "lazy"] if powerless else [])]
        return Process([*self._words, *(["--projector", "inside"] if powerless else [])], entry=["-m", "tests.crash.server", *modes, "--"])

    async def _wait_for(self, moment: str, load: Load) -> None:
        """A kill just after an acknowledgement, while a checkpoint writes, while the projector alone works, or at any time."""
        if moment == "commit":
            load.answered.clear()
            await asyncio.wait_for(load.answered.wait(), 10)
        elif moment == "checkpoint" and not self._url:
            file = self._settings.data / stores.LOG_FILE
            was, until = file.stat().st_mtime_ns, time.perf_counter() + 1
            while file.stat().st_mtime_ns == was and time.perf_counter() < until:
                await asyncio.sleep(0.0005)
        elif moment == "projection":
            load.is_over = True
            await asyncio.sleep(self._chance.uniform(0.01, 0.15))
        else:
            await asyncio.sleep(self._chance.uniform(0, 0.4))

    def _tell(self, moment: str, count: int, load: Load, server: Process) -> None:
        one = self.outcome
        one.rounds += 1
        one.acknowledged += count
        one.smallest_round = min(one.smallest_round or count, count)
        one.refused += len(load.refusals)
        one.moments[moment] = one.moments.get(moment, 0) + 1
        assert not load.refusals, (load.refusals[:3], server.output[-2000:])

    def _check_files(self) -> None:
        if self._url:
            return
        for path in stores.files(self._settings.data):
            with apsw.Connection(str(path)) as connection:
                self.outcome.damaged += connection.pragma("integrity_check") != "ok"
            connection.close()

    async def _count(self) -> None:
        """Once more on a sound disk: everything worked in, then every id of the ledger looked for in the log, the story and the orders."""
        server = Process(self._words)
        await asyncio.to_thread(server.start, within=60)
        store, entries = await stores.open_stores(self._settings)
        try:
            await self._drain(store, entries)
            await self._compare(store, entries)
        finally:
            await store.close()
            if entries is not store:
                await entries.close()
            await asyncio.to_thread(server.stop)

    async def _drain(self, store: Database, entries: Database) -> None:
        last, until = await log.last_position(entries), time.perf_counter() + 120
        while await follow.position(store, work.NAME) < last:
            assert time.perf_counter() < until, "the projector did not come to the end of the log"
            await asyncio.sleep(0.05)

    async def _compare(self, store: Database, entries: Database) -> None:
        stored = {row[0] for row in await store.read("select dedup from event where dedup is not null")}
        numbers = [row[0] for row in await store.read("select number from orders")]
        lines = (await store.read("select count(*) from event"))[0][0]
        tallied = (await store.read("select coalesce(sum(count), 0) from tally"))[0][0]
        told = set(self._ledger.acknowledged)
        missing = {one for one in told if _dedup(one) not in stored} | (told - {f"e{number}" for number in numbers})
        self.outcome.missing = len(missing)
        twice = len(self._ledger.acknowledged) - len(told)
        self.outcome.doubled = len(numbers) - len(set(numbers)) + int(lines) - len(stored) + abs(int(tallied) - int(lines)) + twice

    async def _connect_shop(self) -> None:
        desk = await stores.open_desk(self._settings)
        async with desk.store.write() as tx:
            place = await workspace.create(tx, "Crash", currency="USD", region="US")
            await connectors.add(tx, desk.vault, place, "shop", api_key=KEY, secret="crash-secret")
        await desk.close()


def _dedup(event_id: str) -> str:
    return sha256(b"id\0" + event_id.encode()).digest()[:16].hex()
