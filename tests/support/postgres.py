"""One private PostgreSQL for a test session: made by initdb in a folder of its own, real fsync, gone at the end.

PostgreSQL refuses to run as root, so a root session starts it as the machine's `postgres` account, or as `nobody`.
"""

import asyncio
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from tests.support.ports import free_port
from tests.support.reuse import Template

Outcome = TypeVar("Outcome")
OWNER = "tillside"
TEMPLATE = "tillside_template"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


class Cluster:
    """A running PostgreSQL that nobody else uses."""

    def __init__(self) -> None:
        self._account = _account()
        self._home = Path(tempfile.mkdtemp(prefix="tillside-pg-", dir="/tmp"))  # short: a socket path ends at 107 bytes
        self._port = free_port()
        self._made = 0
        self._template: Template | None = None
        self._idle: list[str] = []
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Create the cluster, start it, and return when it answers."""
        if self._account:
            owner = pwd.getpwnam(self._account)
            os.chown(self._home, owner.pw_uid, owner.pw_gid)
        data = self._home / "data"
        self._run(
            "initdb",
            "--pgdata",
            str(data),
            "--username",
            OWNER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        )
        self.serve()

    def serve(self) -> None:
        """Start the cluster that lies in its folder, for the first time or after `kill9`."""
        options = {**SETTINGS, "port": str(self._port), "unix_socket_directories": str(self._home)}
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            command = [_program("postgres"), "-D", str(self._home / "data"), *flags]
            self._server = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=_end_with_parent, **self._as_account())
        self._wait_until_ready()

    def quit(self) -> None:
        """Stop at once, without a word to anybody who is connected (`pg_ctl stop -m immediate`)."""
        assert self._server is not None
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(60)

    def kill9(self) -> None:
        """End the postmaster and all its processes at once: what stood in shared memory alone is gone."""
        assert self._server is not None
        pid = self._server.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for one in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._server.wait(10)
        until = time.monotonic() + 10  # a new postmaster refuses to start while a child of the old one is dying
        while any(Path(f"/proc/{one}").exists() for one in children) and time.monotonic() < until:
            time.sleep(0.01)

    def prepare(self, fill: Callable[[str], None]) -> None:
        """Build the template once: `fill` migrates the URL it gets and closes every connection. Later databases are copies."""
        self._admin(f"create database {TEMPLATE}")
        fill(self.url(TEMPLATE))
        self._template = alone(_with(self.url(TEMPLATE), Template.read))

    def create(self) -> str:
        """A database like the template if there is one, else an empty one; returns its name."""
        if self._idle:
            return self._idle.pop()
        self._made += 1
        name = f"desk_{self._made}"
        self._admin(f"create database {name}" + (f" template {TEMPLATE}" if self._template else ""))
        return name

    def give_back(self, name: str) -> None:
        """Empty the database for the next test; one that cannot be made like its template is dropped."""
        if self._template and alone(_with(self.url(name), self._template.restore)):
            self._idle.append(name)
        else:
            self._admin(f"drop database {name} with (force)")

    def url(self, name: str) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self._port}/{name}"

    def stop(self) -> None:
        """Stop by pid, fast first, then without mercy; remove the folder."""
        for word in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._server is None or self._server.poll() is not None:
                break
            self._server.send_signal(word)
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                continue
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self._home / "server.log"

    def _as_account(self) -> dict[str, Any]:
        if not self._account:
            return {}
        return {"user": self._account, "group": pwd.getpwnam(self._account).pw_gid, "extra_groups": [], "cwd": self._home}

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run([_program(program), *words], capture_output=True, text=True, check=False, **self._as_account())
        assert done.returncode == 0, f"{program} failed:\n{done.stdout}{done.stderr}"

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self._server is not None and self._server.poll() is None, f"PostgreSQL ended:\n{self._log.read_text()}"
            try:
                return self._admin("select 1")
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
                time.sleep(0.05)
        raise AssertionError(f"PostgreSQL did not answer within 60 s:\n{self._log.read_text()}")

    def _admin(self, statement: str) -> None:
        alone(_with(self.url("postgres"), lambda connection: connection.execute(statement)))


def alone(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Finish async work in a thread of its own: the test's thread may already have an event loop (Playwright keeps one)."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _with(url: str, act: Callable[[asyncpg.Connection], Awaitable[Outcome]]) -> Outcome:
    connection = await asyncpg.connect(url, timeout=20)
    try:
        return await act(connection)
    finally:
        await connection.close()


def _account() -> str | None:
    """The account PostgreSQL shall run as; None is our own."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _program(name: str) -> str:
    """The newest installed PostgreSQL's program; Debian keeps them outside the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    assert found, f"{name} is missing: install PostgreSQL (scripts/setup-tests does)"
    return found


def _end_with_parent() -> None:
    """Linux: let the kernel stop PostgreSQL when the test session is killed, so that none is left behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)
