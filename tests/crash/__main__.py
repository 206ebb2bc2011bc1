"""`python -m tests.crash --rounds 500 [--store postgres] [--control]`: crash rounds beyond those of the suite, and their control."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.conftest import migrate_template
from tests.crash.rounds import Outcome, Scene
from tests.support.postgres import Cluster


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=30)
    words.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    words.add_argument("--control", action="store_true", help="without the syncs: must lose something")
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    outcome = play(given.store, given.rounds, control=given.control, seed=given.seed)
    print(("control, " if given.control else "") + f"{given.store}: {outcome.words()}")
    if given.control:
        return 0 if outcome.missing else 1
    return 1 if outcome.missing or outcome.doubled or outcome.damaged or outcome.refused else 0


def play(store: str, rounds: int, *, control: bool, seed: int) -> Outcome:
    """On a folder of its own, removed afterwards; PostgreSQL as a cluster of its own."""
    modes = ("unsynced",) if control else ()
    with tempfile.TemporaryDirectory(prefix="tillside-crash-") as folder:
        if store == "sqlite":
            return Scene(Path(folder), modes=modes, seed=seed).play(rounds)
        cluster = Cluster()
        try:
            cluster.start()
            cluster.prepare(migrate_template)
            return Scene(Path(folder), cluster=cluster, modes=modes, seed=seed).play(rounds)
        finally:
            cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
