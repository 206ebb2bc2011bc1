"""The failure matrix: every way a receiver can behave, for each form of a call, plain and over TLS; all rows of a cell at once on one desk.

The clock is given: each round jumps to when the last waiting call is due, so three days of schedule take as long as the answers do.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.conftest import Store
from tests.conversations.room import Room
from tests.support import behave
from tests.support.identities import Authority
from tests.support.receiver import Blackhole, Receiver, nobody
from tests.targets import matrix
from tests.targets.matrix import KINDS, Row
from tests.targets.yard import Yard
from tillside import stores
from tillside.base import stamps
from tillside.base.settings import load
from tillside.targets import schedule
from tillside.targets.calls import Call
from tillside.targets.target import Target

pytestmark = pytest.mark.anyio

Furnish = Callable[..., Awaitable[Yard]]
CELLS = [(kind, tls) for kind in KINDS for tls in ("plain", "tls")]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def furnish(store: Store) -> AsyncIterator[Furnish]:
    """Makes yards on one desk, each with a receiver of its own."""
    desk = await stores.open_desk(load({}, data=store.data, database=store.url))
    room = await Room.furnished(desk)
    async with AsyncExitStack() as stack:

        async def made(receiver: Receiver, **client: Any) -> Yard:
            stack.enter_context(receiver)
            yard = Yard(room, receiver, **client)
            stack.push_async_callback(yard.close)
            return yard

        yield made
    await asyncio.sleep(0)
    await desk.close()


class Case(Struct):
    """A row with its target, its call, and the waits between tries as they were planned, in seconds."""

    name: str
    row: Row
    target: Target
    call: Call
    waits: list[float]


async def cases_of(yard: Yard, rows: Mapping[str, Row], urls: Mapping[str, str], **target: Any) -> list[Case]:
    talk = await yard.room.opened()
    cases = []
    for name, row in rows.items():
        made = await yard.target(name, **{**target, "url": urls[name]})
        cases.append(Case(name, row, made, await yard.called(made, talk), []))
    return cases


async def played(yard: Yard, cases: Sequence[Case]) -> None:
    """Send until every call has ended, jumping from wait to wait."""
    for _ in range(len(schedule.RESTS) + 1):
        await yard.send()
        waiting = [(case, call) for case in cases if (call := await yard.now(case.call)).is_open]
        for case, call in waiting:
            assert call.due_at is not None
            case.waits.append((call.due_at - yard.at) / stamps.SECOND)
        if not waiting:
            return
        yard.at = max(call.due_at or 0 for _, call in waiting)
    raise AssertionError(f"still waiting: {[case.name for case, _ in waiting]}")


async def judged(yard: Yard, case: Case, *, paths: Mapping[str, str] | None) -> None:
    """Whether everything became of the case that had to."""
    row, call, tries = case.row, await yard.now(case.call), await yard.tries(case.call)
    count = matrix.TRIES[row.end]
    assert (len(tries), call.state) == (count, "done" if row.end == "done" else "dead"), case.name
    assert all(one.status == row.status for one in tries), case.name
    assert all(row.said in (one.error or call.reason) for one in tries) or row.disables, (case.name, tries[0].error, call.reason)
    assert all(bool(one.hint) or not row.hint for one in tries), case.name
    assert all(one.is_cut == row.is_cut for one in tries), case.name
    assert all(len(one.answer_body) <= 64 * 1024 for one in tries)
    planned: Sequence[float] = schedule.RESTS[1 : count + (row.end == "disabled")]
    if row.asked is not None:
        planned = [row.asked] + [0 if row.is_asked_once else row.asked] * (len(planned) - 1)
    spread = 0.1 if row.asked is None or row.is_asked_once else 0.0
    for waited, meant in zip(case.waits, planned, strict=True):
        assert abs(waited - meant) <= spread * meant + 0.1, (case.name, waited, meant)
    assert (await yard.target_now(case.target)).state == ("disabled" if row.disables else "on"), case.name
    if paths is not None:
        got = yard.got(paths[case.name])
        repeats = count if not row.status else 0  # on a kept line that stayed silent it is asked once more
        assert count <= len(got) <= count + repeats, case.name
        assert {one.header("webhook-id") for one in got} == {call.id}


@pytest.mark.parametrize(("kind", "tls"), CELLS)
async def test_every_answer_has_its_consequence(furnish: Furnish, authority: Authority, kind: str, tls: str) -> None:
    rows = matrix.answers()
    receiver = Receiver(tls=authority.issue() if tls == "tls" else None)
    yard = await furnish(receiver, total_seconds=10.0)
    paths = dict(zip(rows, matrix.names(list(rows)), strict=True))
    urls = {name: receiver.does(paths[name], row.does) for name, row in rows.items()}
    cases = await cases_of(yard, rows, urls, ca_pem=authority.pem if tls == "tls" else "", **KINDS[kind])
    await played(yard, cases)
    for case in cases:
        await judged(yard, case, paths=paths)
    assert sorted(await _told(yard, "call.dead")) == sorted(case.call.id for case in cases if case.row.end != "done")
    assert await _told(yard, "target.disabled") == [case.target.id for case in cases if case.row.disables]
    assert not receiver.at("/canary")
    await _the_next_call_is_well(yard, cases, paths)


async def _told(yard: Yard, kind: str) -> list[str]:
    """What happened under a kind, page by page."""
    found: list[str] = []
    since = 0
    while page := await yard.room.told(since):
        found += [one.subject for one in page if one.kind == kind]
        since = page[-1].position
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_whoever_asks_for_years_gets_a_day_at_a_time(furnish: Furnish, kind: str) -> None:
    yard = await furnish(Receiver(), total_seconds=10.0)
    rows = matrix.patient()
    paths = dict(zip(rows, matrix.names(list(rows)), strict=True))
    cases = await cases_of(yard, rows, {name: yard.receiver.does(paths[name], row.does) for name, row in rows.items()}, **KINDS[kind])
    await played(yard, cases)
    for case in cases:
        await judged(yard, case, paths=paths)


async def _the_next_call_is_well(yard: Yard, cases: Sequence[Case], paths: Mapping[str, str]) -> None:
    """Whatever a receiver did, once it answers properly its next call is done at the first try."""
    following = []
    for case in cases:
        if not case.row.disables:
            yard.receiver.does(paths[case.name], behave.answer(200))
            following.append(await yard.called(case.target))
    yard.at += stamps.HOUR
    await yard.drained()
    for call in following:
        assert (await yard.now(call)).attempts == 1 and await yard.state(call) == "done"


@pytest.mark.parametrize(("kind", "tls"), CELLS)
async def test_whoever_hangs_is_cut_at_the_deadline(furnish: Furnish, authority: Authority, kind: str, tls: str) -> None:
    rows = matrix.hanging()
    receiver = Receiver(tls=authority.issue() if tls == "tls" else None)
    yard = await furnish(receiver, total_seconds=0.4)
    paths = dict(zip(rows, matrix.names(list(rows)), strict=True))
    urls = {name: receiver.does(paths[name], row.does) for name, row in rows.items()}
    cases = await cases_of(yard, rows, urls, ca_pem=authority.pem if tls == "tls" else "", **KINDS[kind])
    await played(yard, cases)
    for case in cases:
        await judged(yard, case, paths=None)


async def lookup(host: str, port: int) -> list[str]:
    """Names of the test: some that are unknown, out of order, slow, or lead inside."""
    if host.startswith("nxdomain"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if host.startswith("servfail"):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    if host.startswith("slow"):
        await asyncio.Event().wait()
    return ["10.0.0.1"] if host.startswith("inside") else ["127.0.0.1"]


@pytest.mark.parametrize("kind", KINDS)
async def test_whoever_cannot_be_reached_is_tried_again(furnish: Furnish, kind: str) -> None:
    """Nobody there, a name nobody knows, a network that swallows everything."""
    yard = await furnish(Receiver(), connect_seconds=0.3, total_seconds=5.0, resolve=lookup)
    with Blackhole() as hole:
        urls = {
            "refused": nobody(),
            "swallowed": hole.url,
            "NXDOMAIN": "http://nxdomain.example/",
            "SERVFAIL": "http://servfail.example/",
            "slow DNS": "https://slow.example/",
            "inside": "http://inside.example/",
        }
        said = ["connection refused", "could not be reached within 0.3", "cannot be found", "cannot be found"]
        said += ["could not be reached within 0.3", "an address of a private network"]
        rows = {name: Row(does=behave.silence, end="retried", said=word) for name, word in zip(urls, said, strict=True)}
        cases = await cases_of(yard, rows, urls, **KINDS[kind])
        await played(yard, cases)
        for case in cases:
            await judged(yard, case, paths=None)


@pytest.mark.parametrize("kind", KINDS)
async def test_whoever_cannot_be_trusted_is_tried_again_and_never_told_anything(furnish: Furnish, authority: Authority, kind: str) -> None:
    """Certificates that do not hold, protocols that are too old, handshakes that stall."""
    yard = await furnish(Receiver(), connect_seconds=2.0, total_seconds=5.0)
    contexts = {
        "expired": authority.issue(is_expired=True),
        "wrong host": authority.issue("192.0.2.7"),
        "self-signed": authority.issue(is_own=True),
        "TLS 1.1": authority.issue(is_legacy=True),
    }
    said = {"expired": "expired", "wrong host": "another address", "self-signed": "signed by itself", "TLS 1.1": "TLS 1.2 or newer"}
    async with AsyncExitStack() as stack:
        receivers = {name: stack.enter_context(Receiver(tls=context)) for name, context in contexts.items()}
        rows = {name: Row(does=behave.silence, end="retried", said=said[name]) for name in receivers}
        urls = {name: receiver.url() for name, receiver in receivers.items()}
        cases = await cases_of(yard, rows, urls, ca_pem=authority.pem, **KINDS[kind])
        await played(yard, cases)
        for case in cases:
            await judged(yard, case, paths=None)
            assert receivers[case.name].got == []


HANGING: dict[str, Any] = {
    "silence": behave.silence,
    "slow headers": behave.slow_head(0.2),
    "slow body": behave.slow_body(0.2),
    "blackhole": None,
    "slow DNS": None,
    "TLS, handshake": None,
    "TLS, silence": behave.silence,
    "TLS, slow body": behave.slow_body(0.2),
}
"""What a receiver does; None where the row says what never comes about."""


@pytest.mark.parametrize("row", HANGING)
async def test_a_hundred_hanging_targets_slow_no_other(furnish: Furnish, authority: Authority, row: str) -> None:
    """While every one of their calls is out, all calls of the good target are sent and done; the clock plays no part."""
    release = asyncio.Event()

    async def slow(host: str, port: int) -> list[str]:
        await release.wait()
        raise OSError("gone")

    is_secure, is_mute = row.startswith("TLS"), row == "TLS, handshake"
    hanging = Receiver(tls=authority.issue() if is_secure else None, is_mute=is_mute)
    yard = await furnish(Receiver(), connect_seconds=60.0, total_seconds=60.0, resolve=slow, ca=authority.pem)
    with Blackhole() as hole, hanging:
        places = {"blackhole": hole.url, "slow DNS": "http://slow.example/", "TLS, handshake": hanging.url("/hangs")}
        url = places.get(row) or hanging.does("/hangs", HANGING[row])
        held = await yard.many_called([f"Hanging {number}" for number in range(100)], url=url)
        calls = await yard.many_called(["Good"], count=30, url=yard.receiver.url("/good"))
        while [await yard.state(one) for one in calls].count("done") < len(calls):
            await yard.sender.look()
            await asyncio.sleep(0.01)
        assert {await yard.state(one) for one in held} == {"sending"}
        while is_mute and hanging.lines < len(held):  # every handshake is begun, and none comes about
            await asyncio.sleep(0.01)
        release.set()
        hanging.let_go()
    await yard.sender.end()
    assert {await yard.state(one) for one in held} == {"done" if row.endswith("slow body") else "waiting"}
