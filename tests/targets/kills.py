"""Kill rounds: the sender dies between a receiver's answer and our commit, and at other moments. `python -m tests.targets.kills --rounds 1000`.

Nothing may be lost and every repetition carries the id of the first; what is called once only is never called twice.
"""

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from msgspec import Struct

from tests.conftest import Store, migrate_template
from tests.conversations.room import Room
from tests.support import behave
from tests.support.postgres import Cluster
from tests.support.process import Process
from tests.support.receiver import Behaviour, Receiver
from tests.targets.yard import Yard
from tillside import stores
from tillside.base import stamps
from tillside.base.settings import load
from tillside.targets.calls import Call

STEPS = ("answered", "answered", "answered", "arrived", "free")
"""Where the sender is killed, in turn: with the answer in hand and not written down; with the request out; wherever it is."""
PER_ROUND = 2
FREE_SECONDS = 0.1
"""A sender killed wherever it is has had up to so long."""


class Outcome(Struct):
    kills: int = 0
    calls: int = 0
    repeated: int = 0
    lost: int = 0
    changed: int = 0
    twice: int = 0
    states: dict[str, int] = {}

    @property
    def is_fine(self) -> bool:
        return not (self.lost or self.changed or self.twice)

    def words(self) -> str:
        return (
            f"{self.kills} kills, {self.calls} calls, {self.repeated} repeated, {self.lost} lost, {self.changed} under another id,"
            f" {self.twice} called twice that may be called once; {self.states}"
        )


async def play(yard: Yard, store: Store, rounds: int) -> Outcome:
    """Place calls, start a sender, kill it; then let one finish, and count."""
    outcome = Outcome(kills=rounds)
    target, once = await yard.target("Cart"), await yard.target("Once", path="/once", tries="once")
    placed: list[Call] = []
    dice = Random(rounds)
    words = [str(store.data), store.url or ""]
    with Process(words, entry=("-m", "tests.targets.carrier"), ready=re.compile("ready"), listens=True) as carrier:
        for turn in range(rounds):
            step = STEPS[turn % len(STEPS)]
            placed += [await yard.called(target) for _ in range(PER_ROUND)] + [await yard.called(once)]
            _answers(yard, behave.silence if step == "arrived" else behave.answer(200))
            await asyncio.to_thread(_round, yard, carrier, turn, step, dice.random() * FREE_SECONDS)
        _answers(yard, behave.answer(200))
        pid = _sender(carrier, rounds, "free")
        await asyncio.to_thread(carrier.wait_for, re.compile(f"done {rounds}$"), within=600)
        _kill9(pid)
        carrier.kill9()
    return await _counted(yard, outcome, placed, once.id)


def _answers(yard: Yard, behaviour: Behaviour) -> None:
    for path in ("/hook", "/once"):
        yard.receiver.does(path, behaviour)


def _round(yard: Yard, carrier: Process, turn: int, step: str, seconds: float) -> None:
    """A sender of its own, brought to this step and killed there."""
    seen = len(yard.receiver.got)
    pid = _sender(carrier, turn, step)
    if step == "answered":
        carrier.wait_for(re.compile(f"answered {turn}$"))
    elif step == "arrived":
        yard.receiver.wait_for(seen + 1)
    else:
        time.sleep(seconds)
    _kill9(pid)


def _sender(carrier: Process, turn: int, step: str) -> int:
    """Its process id. Each sender's clock is an hour ahead of the last one's, so that no claim is waited for."""
    carrier.tell(f"{turn} {turn * stamps.HOUR} {'answered' if step == 'answered' else 'free'}")
    return int(carrier.wait_for(re.compile(rf"sender {turn} (\d+)$"))[1])


def _kill9(pid: int) -> None:
    """Kill one process, and be back when it is no more."""
    os.kill(pid, signal.SIGKILL)
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.001)


async def _counted(yard: Yard, outcome: Outcome, placed: list[Call], once: str) -> Outcome:
    arrived = Counter((got.path, got.header("webhook-id"), got.body) for got in yard.receiver.got)
    ids = Counter(got.header("webhook-id") for got in yard.receiver.got)
    states = Counter([await yard.state(call) for call in placed])
    outcome.calls, outcome.states = len(placed), dict(states)
    for call in placed:
        if call.target_id == once:
            outcome.twice += ids[call.id] > 1
            outcome.lost += ids[call.id] == 0 and await yard.state(call) == "done"
        else:
            outcome.repeated += ids[call.id] - 1
            outcome.lost += ids[call.id] == 0 or await yard.state(call) != "done"
    outcome.changed = len(set(ids) - {call.id for call in placed}) + len(arrived) - len(ids)
    outcome.lost += sum(states[state] for state in ("waiting", "held", "sending"))
    return outcome


async def alone(store: Store, rounds: int) -> Outcome:
    """On a desk of its own."""
    desk = await stores.open_desk(load({}, data=store.data, database=store.url))
    with Receiver() as receiver:
        yard = Yard(await Room.furnished(desk), receiver)
        try:
            return await play(yard, store, rounds)
        finally:
            await yard.close()
            await desk.close()


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=20)
    words.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    given = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="tillside-kills-") as folder:
        data = Path(folder) / "desk"
        if given.store == "sqlite":
            outcome = asyncio.run(alone(Store("sqlite", data, None), given.rounds))
        else:
            cluster = Cluster()
            try:
                cluster.start()
                cluster.prepare(migrate_template)
                outcome = asyncio.run(alone(Store("postgres", data, cluster.url(cluster.create())), given.rounds))
            finally:
                cluster.stop()
    print(f"{given.store}: {outcome.words()}")
    return 0 if outcome.is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
