"""How a store goes away under a running desk and comes back: PostgreSQL ends at once; an SQLite file's lock is held by somebody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from tests.support.postgres import Cluster
from tillside import stores


@contextmanager
def gone(data: Path, cluster: Cluster | None) -> Iterator[None]:
    """The store is away inside the block."""
    if cluster is not None:
        cluster.quit()
        try:
            yield
        finally:
            cluster.serve()
        return
    held = [apsw.Connection(str(path)) for path in stores.files(data)]
    try:
        for connection in held:
            connection.set_busy_timeout(60_000)
            connection.execute("begin immediate")
        yield
    finally:
        for connection in held:
            connection.close()
