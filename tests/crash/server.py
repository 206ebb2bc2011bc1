"""The server under test: `tillside serve`, on a disk that loses power, with its syncs removed for the control, or in a hurry, or
on a disk that is full as long as a file stands there.

python -m tests.crash.server [held] [unsynced] [hasty] [full=FILE] -- serve --data …
"""

import sys
from pathlib import Path
from typing import Any

import apsw

from tests.crash.disk import Disk
from tests.crash.full import FullDisk
from tillside.cli import main
from tillside.storage import postgres, sqlite


def remove_syncs() -> None:
    """The control: the same server without the settings that make a commit durable."""
    connect = sqlite.connect

    def unsynced(path: Path, **given: Any) -> apsw.Connection:
        connection = connect(path, **given)
        connection.pragma("synchronous", "off")
        return connection

    sqlite.connect = unsynced
    postgres._SESSION["synchronous_commit"] = "off"


if __name__ == "__main__":
    split = sys.argv.index("--")
    modes, words = sys.argv[1:split], sys.argv[split + 1 :]
    disk = Disk() if "held" in modes else None
    full = [FullDisk(Path(word.partition("=")[2])) for word in modes if word.startswith("full=")]
    if "unsynced" in modes:
        remove_syncs()
    if "hasty" in modes:
        sqlite._LOCK_WAIT_MS = 200  # as long as somebody who gave up after 15 s, without waiting for it
    main(words, prog_name="tillside")
