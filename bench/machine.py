"""What this machine can do at best, measured in the same run: fsyncs, bare ASGI with the same body, plain appends to SQLite."""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pybase64
import uvicorn

from bench import samples
from tests.support.ports import free_port
from tests.support.source import ROOT


def facts() -> dict[str, Any]:
    """The machine in words and numbers; how busy it was belongs to them."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        "load_before": os.getloadavg()[0],
        "fsyncs_per_second": fsyncs(),
        "sqlite_appends_per_second": appends(),
    }


def fsyncs(count: int = 300) -> float:
    """Appends of 4 KB, each synced."""
    took = []
    with tempfile.NamedTemporaryFile(dir=Path.cwd()) as file:
        for _ in range(count):
            begun = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begun)
    return 1 / statistics.median(took)


def appends(rows: int = 20_000, group: int = 64) -> float:
    """Rows of one event, 64 a transaction, as durable as ours: the limit of the log alone."""
    body = samples.event(1).encode()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        connection = apsw.Connection(str(Path(folder) / "plain.db"))
        for pragma in ("journal_mode = wal", "synchronous = full", "wal_autocheckpoint = 0"):
            connection.execute(f"pragma {pragma}")
        connection.execute("create table entry (position integer primary key, body blob not null)")
        begun = time.perf_counter()
        for _ in range(rows // group):
            with connection:
                connection.executemany("insert into entry (body) values (?)", [(body,)] * group)
        rate = rows / (time.perf_counter() - begun)
        connection.close()
    return rate


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """An application that only decodes the body and answers: the limit of any Python server here."""
    if scope["type"] != "http":
        return
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    msgspec.json.decode(pybase64.b64decode(msgspec.json.decode(body)["h"]))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


class Bare:
    """The bare application in a process of its own."""

    def __enter__(self) -> "Bare":
        self.port = free_port()
        self._child = subprocess.Popen([sys.executable, "-m", "bench.machine", str(self.port)], cwd=ROOT, stderr=subprocess.DEVNULL)
        time.sleep(1.5)
        return self

    def __exit__(self, *_: object) -> None:
        self._child.terminate()
        self._child.wait(10)


if __name__ == "__main__":
    uvicorn.run(bare, host="127.0.0.1", port=int(sys.argv[1]), http="httptools", loop="uvloop", lifespan="off", log_level="error")
