"""Our server as a real process: started, waited for, stopped by pid, or killed as a power cut would."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
ENTRY = "from tillside.cli import main; main(prog_name='tillside')"
READY = re.compile(r"(?P<url>https?://[\w.\[\]:-]+)")
"""The ready line is the first one with a URL; `Process.url` is that URL."""


class Process:
    """`tillside …` in a process group of its own.

    >>> with Process(["serve", "--data", str(folder), "--port", "0"]) as desk:
    ...     httpx.get(desk.url + "/healthz")
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ready: re.Pattern[str] = READY,
        entry: Sequence[str] = ("-c", ENTRY),
        listens: bool = False,
    ) -> None:
        """`listens`: it reads what is told to it by `tell`."""
        self._words = [*entry, *words]
        self._ready = ready
        self._listens = listens
        self._lines: list[str] = []
        self._said = threading.Condition()
        self._env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(env or {})}
        self._child: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self, *, within: float = 60) -> Self:
        """Start and return at the ready line; its named group `url`, if any, becomes `self.url`."""
        self._child = subprocess.Popen(
            [sys.executable, *self._words],
            env=self._env,
            stdin=subprocess.PIPE if self._listens else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            line = self.wait_for(self._ready, within=within)
        except AssertionError:
            self.kill9()
            raise
        self.url = line.groupdict().get("url") or ""
        return self

    def wait_for(self, pattern: re.Pattern[str], *, within: float = 60) -> re.Match[str]:
        """The first line, past or future, that the pattern matches."""
        until = time.monotonic() + within
        with self._said:
            seen = 0
            while True:
                for line in self._lines[seen:]:
                    if match := pattern.search(line):
                        return match
                seen = len(self._lines)
                left = until - time.monotonic()
                assert left > 0, f"no line like {pattern.pattern!r} within {within} s:\n{self.output}"
                assert self._child is not None and self._child.poll() is None, f"the process ended:\n{self.output}"
                self._said.wait(min(left, 0.25))

    def tell(self, line: str) -> None:
        assert self._child is not None and self._child.stdin is not None
        self._child.stdin.write(f"{line}\n")
        self._child.stdin.flush()

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def output(self) -> str:
        return "\n".join(self._lines)

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def stop(self, *, within: float = 60) -> int:
        """Ask politely (SIGTERM) and return the exit code; a process that does not end in time is a failure."""
        assert self._child is not None
        if self.is_running:
            self._child.terminate()
        try:
            code = self._child.wait(within)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"the process did not stop within {within} s:\n{self.output}") from None
        self._listener.join(5)  # its last words are read before anybody asks for them
        return code

    def kill9(self) -> None:
        """End the process and everything it started, at once, as a power cut would."""
        assert self._child is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait(10)
        if self._child.stdin is not None:
            self._child.stdin.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.stop()
        else:
            self.kill9()

    def _listen(self) -> None:
        assert self._child is not None and self._child.stdout is not None
        with self._child.stdout as stream:
            for line in stream:
                with self._said:
                    self._lines.append(line.rstrip("\n"))
                    self._said.notify_all()
