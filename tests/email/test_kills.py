"""The carrier is killed at every step of handing a letter over, again and again: nothing is lost, and nothing leaves twice."""

import asyncio
import re
from collections import Counter

import pytest

from tests.conftest import Store
from tests.conversations.room import Room
from tests.email.office import Office
from tests.support.mail_server import HANG, MailServer, Step
from tests.support.process import Process
from tillside.base import stamps

pytestmark = pytest.mark.anyio

STEPS: list[Step] = ["greeting", "MAIL", "RCPT", "DATA", "content", "dot", "taken"]
ROUNDS = 21
AFTER_THE_DOT = ROUNDS // len(STEPS) * 2
"""So many rounds end in a kill between our final dot and the server's word, which leaves both letters of it uncertain at most. A kill at an
earlier step holds one letter there; the other, carried beside it, may by chance be in that same moment."""


async def test_twenty_one_kills_lose_nothing_and_send_nothing_twice(room: Room, store: Store) -> None:
    replies = []
    with MailServer() as peer:
        office = Office(room, peer)
        for turn in range(ROUNDS):
            replies += [await office.replied(f"reply {turn}.{number}") for number in range(2)]
            peer.faults, peer.once = {STEPS[turn % len(STEPS)]: HANG}, True
            peer.reached.clear()
            with Process([*_words(store, peer, turn)], entry=("-m", "tests.email.carrier"), ready=re.compile("ready")) as carrier:
                assert await asyncio.to_thread(peer.reached.wait, 20), carrier.output
                carrier.kill9()
        last = Process([*_words(store, peer, ROUNDS)], entry=("-m", "tests.email.carrier"), ready=re.compile("ready"))
        await asyncio.to_thread(last.start)
        await asyncio.to_thread(last.wait_for, re.compile("done"))
        last.kill9()
        arrived = Counter(peer.ids())
    assert max(arrived.values()) == 1
    states = {reply.id: (await office.way(reply)).state for reply in replies}
    assert set(states.values()) == {"sent", "perhaps"}
    for reply in replies:
        assert states[reply.id] == "perhaps" or arrived[f"<{reply.id}@fern.example>"] == 1
    assert sum(state == "perhaps" for state in states.values()) <= 2 * AFTER_THE_DOT + (ROUNDS - AFTER_THE_DOT)


def _words(store: Store, peer: MailServer, turn: int) -> list[str]:
    """Each carrier's clock is an hour ahead of the last one's, so that no lease is waited for."""
    return [str(store.data), store.url or "", str(peer.port), str(turn * stamps.HOUR)]
