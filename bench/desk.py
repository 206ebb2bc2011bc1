"""A desk to measure: set up in a folder of its own, served by the command line, watched from outside."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench import samples
from tests.support.process import ENTRY, ROOT, Process
from tillside import stores
from tillside.base.settings import load
from tillside.feeds import follow, log
from tillside.projector import work

_TICKS = os.sysconf("SC_CLK_TCK")


class Desk:
    """`tillside serve` on a fresh folder (or a given one), with one connector whose key is that of the samples."""

    def __init__(self, *, database: str = "", folder: Path | None = None, words: tuple[str, ...] = ()) -> None:
        self._is_ours = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="tillside-bench-"))
        self.database = database
        self._where = ["--data", str(self.folder), *(["--database", database] if database else [])]
        self.process = Process(["serve", "--port", "0", *self._where, *words])

    def set_up(self) -> None:
        """A workspace and a connector, as an operator makes them."""
        self.run("setup", "--workspace", "Bench", "--email", "ada@shop.example", "--password", "correct horse battery", "--currency", "USD")
        self.run("connector", "add", "Bench shop", "--key", samples.KEY, "--secret", "bench-secret")

    def added_key(self) -> str:
        """A new REST key that may do everything."""
        found = re.search(r"tsk_[\w-]+", self.run("key", "add", "Bench"))
        assert found is not None
        return found[0]

    def run(self, *words: str) -> str:
        """A command beside the server; what it prints."""
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", ENTRY, *words, *self._where], capture_output=True, text=True, env=env, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def __enter__(self) -> Self:
        if not (self.folder / "secret.key").exists():
            self.set_up()
        self.process.start(within=60)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.__exit__(kind, error, trace)
        if self._is_ours:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def port(self) -> int:
        return int(self.process.url.rpartition(":")[2])

    def cpu_seconds(self) -> float:
        """What the server and its children have used so far."""
        return sum(_cpu(pid) for pid in [self.process.pid, *_children(self.process.pid)])

    def resident_mb(self) -> float:
        """What stands in memory, all processes together."""
        return sum(_resident(pid) for pid in [self.process.pid, *_children(self.process.pid)])

    def behind(self) -> tuple[int, int]:
        """(last position of the log, position of the projector)."""
        return asyncio.run(self._behind())

    def drained(self, *, within: float) -> float:
        """Seconds until the projector has passed everything stored now; `within` is the longest to wait."""
        begun = time.perf_counter()
        last, at = self.behind()
        while at < last and time.perf_counter() - begun < within:
            time.sleep(0.05)
            at = self.behind()[1]
        return time.perf_counter() - begun if at >= last else float("inf")

    async def _behind(self) -> tuple[int, int]:
        settings = load({}, data=self.folder, database=self.database or None)
        store, entries = await stores.open_stores(settings)
        try:
            return await log.last_position(entries), await follow.position(store, work.NAME)
        finally:
            await store.close()
            if entries is not store:
                await entries.close()


def fire(
    desk: Desk, kind: str, *, seconds: float, rate: float = 0, lines: int = 64, first: int = 0, requests: list[str] | None = None
) -> dict[str, Any]:
    """Load from a process of its own, with what the server used of the processor meanwhile. `requests`: for the kind "given"."""
    spec = {"port": desk.port, "kind": kind, "seconds": seconds, "rate": rate, "lines": lines, "first": first, "requests": requests or []}
    before = desk.cpu_seconds()
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        words = [sys.executable, "-m", "bench.load", json.dumps(spec), told.name]
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == 0, done.stderr[-2000:]
        found: dict[str, Any] = json.loads(Path(told.name).read_bytes())
    assert found["statuses"].keys() <= {"200"}, found["statuses"]
    found["latencies"].sort()
    return {**found, "count": len(found["latencies"]), "cpu": desk.cpu_seconds() - before}


def percentile(ordered: list[float], share: float) -> float:
    """In milliseconds."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in listed]
