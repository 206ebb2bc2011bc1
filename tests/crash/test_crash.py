"""Kill -9 under load, over and over: what was acknowledged is there, once. The control proves that these rounds can see a loss."""

import statistics
from pathlib import Path

from tests.conftest import KIND
from tests.crash.rounds import LEAST, MOMENTS, Outcome, Scene
from tests.support.postgres import Cluster

ROUNDS = {"sqlite": 30, "postgres": 10}
RESTART_SECONDS = 2


def play(folder: Path, rounds: int, *, control: bool) -> Outcome:
    unsynced = ("unsynced",) if control else ()
    if KIND == "sqlite":
        return Scene(folder, modes=unsynced).play(rounds)
    cluster = Cluster()  # of its own, since it is killed
    try:
        cluster.start()
        return Scene(folder, cluster=cluster, modes=unsynced).play(rounds)
    finally:
        cluster.stop()


def test_nothing_acknowledged_is_lost_or_doubled_whenever_the_power_goes(tmp_path: Path) -> None:
    outcome = play(tmp_path, ROUNDS[KIND], control=False)
    print(outcome.words())
    assert (outcome.missing, outcome.doubled, outcome.damaged, outcome.refused) == (0, 0, 0, 0), outcome.words()
    assert outcome.smallest_round >= LEAST and set(outcome.moments) == set(MOMENTS), outcome.words()
    quick = statistics.quantiles(outcome.restart_seconds, n=4)[0]  # whatever else runs on the machine slows some rounds, not most
    assert quick <= RESTART_SECONDS, outcome.words()


def test_without_the_syncs_these_rounds_lose_something(tmp_path: Path) -> None:
    outcome = play(tmp_path, 3, control=True)
    assert outcome.missing >= 1, outcome.words()
