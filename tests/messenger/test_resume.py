"""Streams that break: wherever a line is cut, within a message or between two, nothing is lost and nothing comes twice."""

import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from tests.messenger.shopper import Shopper, note, reply, switch_on
from tests.support.served import Served, Tenant
from tillside.agents import agent, session

CUTS = 100
_LONGEST = 4000


class Listener:
    """Listens, is cut off after so many bytes, and comes back with the last id it heard to the end."""

    def __init__(self, served: Served, path: str, headers: dict[str, str]) -> None:
        self.served, self.path, self.headers = served, path, headers
        self.position = "0"
        self.heard: list[tuple[str, Any]] = []

    def listen(self, most: int, is_done: Callable[[], bool]) -> None:
        """At most so many bytes, or until everything was heard. A block that was cut is not heard."""
        headers = {**self.headers, "last-event-id": self.position}
        line = httpx.Client(base_url=self.served.url, trust_env=False, timeout=60)
        with line, line.stream("GET", self.path, headers=headers) as told:
            text = b""
            for part in told.iter_raw():
                part = part[:most]
                most -= len(part)
                *blocks, text = (text + part).split(b"\n\n")
                for block in blocks:
                    self._take(dict(line.partition(": ")[::2] for line in block.decode().split("\n")))
                if not most or is_done():
                    return

    def _take(self, block: dict[str, str]) -> None:
        if "data" in block:
            self.heard.append((block.get("id", ""), json.loads(block["data"])))
        self.position = block.get("id", self.position)


@pytest.fixture
def shopper(served: Served, tenant: Tenant) -> Shopper:
    switch_on(served, tenant)
    one = Shopper(served, tenant)
    one.begin()
    return one


def reached(listener: Listener, position: int) -> bool:
    return int(listener.position) >= position


def answers(listener: Listener) -> list[str]:
    found = [body["message"]["text"] for _, body in listener.heard if "message" in body]
    return [text for text in found if text.startswith("Answer")]


def last(served: Served, tenant: Tenant) -> int:
    return int(served.rows("select max(position) from activity where workspace_id = :w", w=tenant.workspace_id)[0][0])


def test_a_shopper_s_stream_cut_a_hundred_times_tells_every_message_once(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    chance = random.Random(20261123)
    conversations = [shopper.begun(f"Question {number}") for number in range(3)]
    listener = Listener(served, "/messenger/api/stream", shopper.headers)
    said = []
    for cut in range(CUTS):
        for number in range(chance.randrange(1, 4)):
            said.append(f"Answer {cut}.{number}")
            reply(served, tenant, chance.choice(conversations), said[-1])
        if chance.random() < 0.3:
            note(served, tenant, chance.choice(conversations), "canary of a note")
        listener.listen(chance.randrange(1, _LONGEST), lambda: answers(listener) == said)
    while answers(listener)[-1:] != said[-1:]:
        listener.listen(10**6, lambda: answers(listener) == said)
    assert answers(listener) == said
    told = [body["message"]["text"] for _, body in listener.heard if "message" in body]
    assert sorted(text for text in told if text.startswith("Question")) == ["Question 0", "Question 1", "Question 2"]
    positions = [int(position) for position, _ in listener.heard]
    assert positions == sorted(set(positions))
    assert "canary" not in str(listener.heard)


def test_an_agent_s_stream_cut_a_hundred_times_tells_the_last_of_everything_once(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    chance = random.Random(20261124)
    conversations = [shopper.begun(f"Question {number}") for number in range(20)]
    listener = Listener(served, "/inbox/stream?after=0", {"cookie": f"tillside={served.do(signed_in(served, tenant))}"})
    for cut in range(CUTS):
        for number in range(chance.randrange(1, 4)):
            reply(served, tenant, chance.choice(conversations), f"Answer {cut}.{number}")
        end = last(served, tenant)
        listener.listen(chance.randrange(1, _LONGEST), partial(reached, listener, end))
    while int(listener.position) < last(served, tenant):
        listener.listen(10**6, lambda: int(listener.position) >= last(served, tenant))
    positions = [int(position) for position, _ in listener.heard]
    assert positions == sorted(set(positions))
    rows = served.rows(
        "select kind, subject, max(position) from activity where workspace_id = :w group by kind, subject", w=tenant.workspace_id
    )
    told = {(body["kind"], body["subject"]): int(position) for position, body in listener.heard}
    assert {(kind, subject): position for kind, subject, position in rows if kind.startswith("message.")} == {
        key: position for key, position in told.items() if key[0].startswith("message.")
    }


async def signed_in(served: Served, tenant: Tenant) -> str:
    async with served.desk.store.write() as tx:
        mia = await agent.add(tx, tenant.workspace_id, "mia@resume.example", name="Mia", role="admin", password="paper-boat-9")
        return await session.begin(tx, mia)
