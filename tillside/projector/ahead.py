"""A second process that reads the log ahead of the projector while there is a backlog, so that two cores share the work.

`python -m tillside.projector.ahead FILE` is that process: few imports, one connection, no loop. It is asked by lines on its standard
input, ``POSITION COUNT BYTES``, and answers each with eight bytes of length and what projector/handover.py packed; a length of zero means
that there is nothing to hand over: the projector looks itself. The end of its input ends it, also when the projector was killed.
"""

import asyncio
import logging
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from tillside.base import collector
from tillside.feeds import log
from tillside.feeds.follow import Batch
from tillside.projector import handover
from tillside.storage import sqlite
from tillside.storage.dialect import Dialect

_BUSY_BATCHES = 4
"""Starting a process costs half a second of a processor: not for a passing crowd."""
_LENGTH = 8

logger = logging.getLogger(__name__)


class Ahead:
    """The projector's side: starts the process when a backlog stays, ends it when none came for a while. A process that dies is noticed
    at its next answer; that batch is read here, and the next backlog starts another."""

    def __init__(self, file: Path, *, rest_seconds: float = 10.0) -> None:
        self._file, self._rest_seconds = file, rest_seconds
        self._process: Process | None = None
        self._changing: asyncio.Task[None] | None = None
        self._busy = 0
        self._behind_at = self._not_before = time.monotonic()

    async def read(self, position: int, count: int, most_bytes: int) -> Batch | None:
        """The batch after a position; None while no process runs, or when it could not hand the batch over."""
        process = self._process
        if process is None:
            return None
        assert process.stdin is not None and process.stdout is not None
        try:
            if process.stdin.is_closing():  # to write now would be a RuntimeError on uvloop, not a ConnectionError
                raise ConnectionResetError
            process.stdin.write(b"%d %d %d\n" % (position, count, most_bytes))
            size = int.from_bytes(await process.stdout.readexactly(_LENGTH), "big")
            text = await process.stdout.readexactly(size)
        except (ConnectionError, asyncio.IncompleteReadError):
            self._process = None
            await _end(process)
            self._failed(process)
            return None
        return Batch(*handover.unpack(text)) if text else None

    def told(self, *, is_behind: bool) -> None:
        self._busy = self._busy + 1 if is_behind else 0
        if is_behind:
            self._behind_at = time.monotonic()
        if self._changing is not None:
            return
        if self._busy >= _BUSY_BATCHES and self._process is None and time.monotonic() >= self._not_before:
            self._changing = asyncio.create_task(self.start())
        elif self._process is not None and time.monotonic() - self._behind_at > self._rest_seconds:
            self._changing = asyncio.create_task(self._let_go())

    @property
    def pid(self) -> int | None:
        """The process that reads ahead now."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the process; it is asked from the next batch on."""
        try:
            words = (sys.executable, "-m", "tillside.projector.ahead", str(self._file))
            process = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, limit=1 << 20)
            assert process.stdout is not None
            if await process.stdout.readline():
                self._process = process
            else:
                await _end(process)
                self._failed(process)
        finally:
            self._changing = None

    async def end(self) -> None:
        """End the process, if there is one."""
        if self._changing is not None:
            await asyncio.gather(self._changing, return_exceptions=True)
        await self._let_go()

    async def _let_go(self) -> None:
        """Give its memory back."""
        process, self._process = self._process, None
        if process is not None:
            await _end(process)
        self._changing = None

    def _failed(self, process: Process) -> None:
        """It died. Nothing is lost by it but speed."""
        self._not_before = time.monotonic() + self._rest_seconds
        logger.warning("the process that reads ahead ended with %s; the projector reads by itself for a while", process.returncode)


async def _end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(2):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def answer() -> None:
    """The other side: read, prepare, hand over, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells the whole group; the projector decides when this ends
    connection = sqlite.connect(Path(sys.argv[1]), cache_mib=4)
    sql = Dialect("sqlite").statement(log.READ).sql
    out = sys.stdout.buffer
    collector.calm()
    out.write(b"ready\n")
    out.flush()
    for line in sys.stdin.buffer:
        position, count, most_bytes = map(int, line.split())
        entries = log.entries_of(connection.execute(sql, (position, count)), most_bytes)
        try:
            text = handover.pack(entries)
        except handover.REASONS:
            text = b""
        out.write(len(text).to_bytes(_LENGTH, "big"))
        out.write(text)
        out.flush()
    connection.close()


if __name__ == "__main__":
    answer()
