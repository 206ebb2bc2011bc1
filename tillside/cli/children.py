"""Processes of ours under the serving one: started, restarted when they die, ended with their parent however it ends."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

import click
import msgspec

from tillside.base import settings as table
from tillside.base.errors import Misconfigured
from tillside.base.settings import Settings
from tillside.cli.ground import MISCONFIGURED

_READY = b"ready\n"
_END_SECONDS = 5
_LONGEST_REST_SECONDS = 10


class Child:
    """``tillside WORD``, fed its settings through a pipe; the pipe's end is its sign to stop, also when the parent was killed.

    Settings travel by pipe since a database's password has no place among the words of a command.
    """

    def __init__(self, word: str, settings: Settings, *, fds: Sequence[int] = ()) -> None:
        self._word, self._settings, self._fds = word, settings, tuple(fds)
        self._process: asyncio.subprocess.Process | None = None
        self._is_ending = False
        self.ready = asyncio.Event()

    async def keep(self) -> None:
        """Keep it running until `end`. Raises Misconfigured when it says so before it was ever ready.

        1. Start it, hand over the settings, wait for its ready line.
        2. Wait for its death; unless it was wanted, rest (longer each time it dies young) and start again.
        """
        rest = 0.2
        while not self._is_ending:
            process = self._process = await self._start()
            assert process.stdout is not None
            if await process.stdout.readline() == _READY:
                self.ready.set()
                rest = 0.2
            code = await process.wait()
            if code == MISCONFIGURED and not self.ready.is_set():
                raise Misconfigured("A process of the desk could not start; the reason stands above.")
            if not self._is_ending:
                click.echo(f"tillside {self._word} ended with {code}; starting it again.", err=True)
                await asyncio.sleep(rest)
                rest = min(rest * 2, _LONGEST_REST_SECONDS)

    async def end(self) -> None:
        """Close its pipe and wait; a child that does not listen is killed."""
        self._is_ending = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tillside", self._word),
            *map(str, self._fds),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=self._fds,
        )
        await hand_over(process, self._settings)
        return process


async def hand_over(process: asyncio.subprocess.Process, settings: Settings) -> None:
    """Send a child its settings. One that has died meanwhile is no error here: whoever waits for it sees its code."""
    assert process.stdin is not None
    if process.stdin.is_closing():  # to write now would be a RuntimeError on uvloop, not a ConnectionError
        return
    process.stdin.write(msgspec.json.encode(settings, enc_hook=str) + b"\n")
    with suppress(ConnectionError):
        await process.stdin.drain()


def from_parent() -> Settings:
    """In a child: the settings its parent sends; from now on the end of the pipe ends this process."""
    text = b""
    while not text.endswith(b"\n"):
        part = os.read(0, 65_536)
        if not part:
            raise Misconfigured("This command is started by tillside serve, not by hand.")
        text += part
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return table.load({}, **msgspec.json.decode(text))


def say_ready() -> None:
    """In a child: the line the parent waits for."""
    os.write(1, _READY)


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
