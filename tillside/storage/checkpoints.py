"""Moves SQLite's write-ahead log into its file in the background, so that no commit pays for it (40–80 ms, measured)."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import apsw

_SECONDS = 0.25
_LIMIT_FRAMES = 49_152
"""192 MB of 4 KB pages; then the writer itself restarts the log, which PASSIVE alone never would. Everybody who writes waits for that."""
_FEW_FRAMES = 256
_TRIES = 4


class Checkpointer(threading.Thread):
    """Four times a second, so that little is ever to be moved: moving much at once takes the disk away from those who wait for an fsync for
    longer than anybody should wait (patient checkpoints of 192 MB: 70 ms at every one, measured). `restart` asks the writer to begin the
    log anew; `broken` is told when the disk refuses."""

    def __init__(self, path: Path, connection: apsw.Connection, restart: Callable[[], None], broken: Callable[[], None]) -> None:
        super().__init__(name=f"checkpoint {path.name}", daemon=True)
        self._connection, self._restart, self._broken = connection, restart, broken
        self._ending = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ending.wait(_SECONDS):
            try:
                self._move()
            except apsw.IOError:
                self._broken()

    def _move(self) -> None:
        with suppress(apsw.BusyError, apsw.LockedError, apsw.FullError):  # tried again at the next turn
            frames, moved = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            if frames <= _LIMIT_FRAMES:
                return
            for _ in range(_TRIES):  # what came while the rest was moved is less each time
                if frames - moved <= _FEW_FRAMES:
                    break
                frames, moved = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            self._restart()

    def stop(self) -> None:
        self._ending.set()
        self.join()
        self._connection.close()
