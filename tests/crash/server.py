"""The server under test: `tillside serve`, on a disk that loses power, with its syncs removed for the control, or in a hurry, or
on a disk that is full or broken as long as a file stands there.

python -m tests.crash.server [held] [lazy] [unsynced] [hasty] [full=FILE] [broken=FILE] -- serve --data …
"""

import sys
from pathlib import Path
from typing import Any

import apsw

from tests.crash.disk import Disk
from tests.crash.full import FullDisk
from tillside import stores
from tillside.cli import main
from tillside.storage import postgres, sqlite


def sync(how: str, *, only: str = "") -> None:
    """Let SQLite's connections sync in another way; `only`: those to the file of this name."""
    connect = sqlite.connect

    def connected(path: Path, **given: Any) -> apsw.Connection:
        connection = connect(path, **given)
        if path.name == (only or path.name):
            connection.pragma("synchronous", how)
        return connection

    sqlite.connect = connected


def remove_syncs() -> None:
    """The control: the same server without the settings that make a commit durable."""
    sync("off")
    postgres._SESSION["synchronous_commit"] = "off"


if __name__ == "__main__":
    split = sys.argv.index("--")
    modes, words = sys.argv[1:split], sys.argv[split + 1 :]
    disk: apsw.VFS | None = Disk() if "held" in modes else None
    for word in modes:
        kind, _, sign = word.partition("=")
        if sign:
            disk = FullDisk(Path(sign), error=apsw.FullError if kind == "full" else apsw.IOError)
    if "lazy" in modes:
        sync("normal", only=stores.DESK_FILE)  # as the projector's own process does
    if "unsynced" in modes:
        remove_syncs()
    if "hasty" in modes:
        sqlite._LOCK_WAIT_MS = 200  # as long as somebody who gave up after 15 s, without waiting for it
    main(words, prog_name="tillside")
