"""What holds whatever is done in whatever order: counts are exact, times rise, the tags' copies are equal, undo leads back."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.conftest import Store
from tests.conversations.room import ADA, Room
from tillside import stores
from tillside.agents import team, workspace
from tillside.agents.agent import Agent
from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.base.settings import load
from tillside.conversations import answering, editing, handing, inbox, message, opening, states, tagging, trail, undoing
from tillside.conversations.conversation import Conversation
from tillside.conversations.inbox import Filters
from tillside.conversations.opening import Opening
from tillside.edges.http.desk import Desk

CHANNELS = st.sampled_from(["email", "messenger", "sms"])
TAGS = st.lists(st.sampled_from(["vip", "late", "VIP", "refund", ""]), max_size=3)
MOVES: list[Callable[..., Awaitable[Any]]] = [states.close, states.reopen, states.trash, states.wake]
AT_ONCE: list[tuple[Any, ...]] = [
    (states.close,),
    (states.reopen,),
    (handing.assign, "agt_mia"),
    (handing.assign, ""),
    (tagging.add, ["vip", "late"]),
    (tagging.add, ["late", "new"]),
]
MACHINE = settings(
    max_examples=max(settings().max_examples // 8, 6),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class Lab:
    """One desk and one loop for all examples; every example has a workspace of its own."""

    def __init__(self, store: Store) -> None:
        self._runner = asyncio.Runner()
        self.desk: Desk = self.run(stores.open_desk(load({}, data=store.data, database=store.url)))
        self._names = itertools.count(1)

    def run(self, work: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await work

        return self._runner.run(wait())

    def close(self) -> None:
        self.run(self.desk.close())
        self._runner.close()

    async def room(self) -> tuple[Room, list[str]]:
        """A fresh workspace with two agents who never sign in, and two teams."""
        number = next(self._names)
        async with self.desk.store.write() as tx:
            place = await workspace.create(tx, f"Shop {number}")
            agents = [Agent(place.id, f"agt_{name}", f"{name}{number}@x.example", name, "agent", 1, None) for name in ("mia", "jonas")]
            await tx.many(
                "insert into agent (workspace_id, id, email, name, role, password_hash, created_at)"
                " values (:w, :id, :email, :name, 'agent', 'x', 1)",
                [(place.id, one.id, one.email, one.name) for one in agents],
            )
            teams = [(await team.add(tx, place.id, name)).id for name in ("Parcels", "Refunds")]
        return Room(self.desk, place.id, *agents), teams


class Days(RuleBasedStateMachine):
    """Agents and customers at work, one verb after the other."""

    lab: ClassVar[Lab]

    def __init__(self) -> None:
        super().__init__()
        self.room, self.teams = self.lab.run(self.lab.room())
        self.open: list[str] = []

    def do(self, verb: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> Any:
        return self.lab.run(self.room.do(verb, *given, **named))

    def on(self, place: int, verb: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> None:
        """A verb on one of the conversations, which its caller last saw long ago."""
        stale = self.lab.run(self.room.now(self.ids[place % len(self.ids)]))
        self.do(verb, stale, *given, **{"by": self.room.mia, **named})

    @property
    def ids(self) -> list[Conversation]:
        return self.lab.run(inbox.page(self.lab.desk.store, self.room.workspace_id, Filters(), sort="created_first", count=500))  # type: ignore[no-any-return]  # the lab runs whatever it is given

    @rule(channel=CHANNELS, agent=st.sampled_from(["", "agt_mia"]))
    def opens(self, channel: str, agent: str) -> None:
        one = self.do(opening.open, self.room.workspace_id, Opening(channel=channel, assignee_id=agent), by=ADA)
        self.open.append(one.id)

    @precondition(lambda self: self.open)
    @rule(place=st.integers(0, 9), state=st.sampled_from(MOVES))
    def moves(self, place: int, state: Callable[..., Awaitable[Any]]) -> None:
        self.on(place, state)

    @precondition(lambda self: self.open)
    @rule(place=st.integers(0, 9), sleeps=st.sampled_from([0, stamps.HOUR]))
    def snoozes(self, place: int, sleeps: int) -> None:
        self.on(place, states.snooze, stamps.now() + sleeps if sleeps else 0)

    @precondition(lambda self: self.open)
    @rule(place=st.integers(0, 9), agent=st.sampled_from(["", "agt_mia", "agt_jonas"]), crew=st.sampled_from([0, 1, None]))
    def hands_over(self, place: int, agent: str, crew: int | None) -> None:
        self.on(place, handing.assign, agent)
        self.on(place, handing.give, "" if crew is None else self.teams[crew])

    @precondition(lambda self: self.open)
    @rule(place=st.integers(0, 9), later=st.booleans(), kind=st.sampled_from(["hear", "reply", "note"]))
    def speaks(self, place: int, later: bool, kind: str) -> None:
        if kind == "hear":
            self.on(place, answering.hear, message.said("Hello"), by=ADA)
        elif kind == "note":
            self.on(place, answering.note, message.said("Hm"), mentions=["agt_jonas"])
        else:
            self.on(place, answering.reply, message.said("Yes"), send_at=stamps.now() + stamps.HOUR if later else None, unless_answered=later)

    @precondition(lambda self: self.open)
    @rule(place=st.integers(0, 9), said=TAGS, verb=st.sampled_from([tagging.add, tagging.remove, tagging.replace]))
    def tags(self, place: int, said: list[str], verb: Callable[..., Awaitable[Any]]) -> None:
        self.on(place, verb, said)

    @precondition(lambda self: self.open)
    @rule(place=st.integers(0, 9), score=st.integers(1, 5))
    def rates(self, place: int, score: int) -> None:
        self.on(place, editing.rate, score, by=ADA)

    @rule(hours=st.sampled_from([0, 2]))
    def time_passes(self, hours: int) -> None:
        at = stamps.now() + hours * stamps.HOUR
        self.lab.run(states.wake_due(self.lab.desk.store, at=at))
        self.lab.run(answering.send_due(self.lab.desk.store, at=at))

    @precondition(lambda self: self.open)
    @rule(place=st.integers(0, 9), back=st.integers(0, 3))
    def takes_back(self, place: int, back: int) -> None:
        one = self.ids[place % len(self.ids)]
        steps = self.lab.run(trail.page(self.lab.desk.store, one, count=4))
        if back < len(steps):
            try:
                self.do(undoing.undo, self.room.workspace_id, steps[back].id, by=self.room.jonas)
            except Conflict:
                assert shape(self.lab.run(self.room.now(one))) == shape(one), "what cannot be taken back changes nothing"

    @invariant()
    def counts_are_exact(self) -> None:
        assert self.lab.run(self.room.counted()) == self.lab.run(self.room.there())

    @invariant()
    def copies_at_the_tags_are_equal(self) -> None:
        sql = """
            select conversation.id from conversation_tag join conversation
              on conversation.workspace_id = conversation_tag.workspace_id and conversation.id = conversation_tag.conversation_id
            where conversation_tag.workspace_id = :w
              and (conversation.state <> conversation_tag.state or conversation.sort_at <> conversation_tag.sort_at)
        """
        assert self.lab.run(self.lab.desk.store.read(sql, w=self.room.workspace_id)) == []

    @invariant()
    def times_rise_and_lists_agree_with_counts(self) -> None:
        store, w = self.lab.desk.store, self.room.workspace_id
        for one in self.ids:
            said = self.lab.run(message.page(store, w, one.id, count=500, waiting=True))
            times = [each.at // 1000 for each in said]
            assert all(before < after for before, after in itertools.pairwise(times))
            public = [each for each in said if each.kind in ("customer", "agent") and not each.is_waiting]
            assert one.messages == len(public)
            assert one.last_message_at == (public[-1].at if public else None)
            if one.is_open:
                assert (one.waiting_since is not None) <= bool(public)
        for name, filters in inbox.STANDARD.items():
            mine = filters.of("agt_mia")
            assert self.lab.run(inbox.count(store, w, mine)) == len(self.lab.run(inbox.page(store, w, mine, count=500))), name


def shape(one: Conversation) -> tuple[Any, ...]:
    return one.version, one.state, one.assignee_id, one.sort_at


@pytest.fixture
def lab(store: Store) -> Iterator[Lab]:
    opened = Lab(store)
    yield opened
    opened.close()


def test_whatever_happens_the_house_stays_in_order(lab: Lab) -> None:
    machine = type("DaysHere", (Days,), {"lab": lab})
    run_state_machine_as_test(machine, settings=MACHINE)


async def _at_once(room: Room, ones: list[Conversation]) -> None:
    """Many hands on the same few conversations at the same moment."""
    work = [room.do(verb, one, *given, by=room.mia) for one in ones for verb, *given in AT_ONCE]
    await asyncio.gather(*work)


def test_many_hands_at_once_keep_counts_exact_and_numbers_whole(lab: Lab) -> None:
    room, _ = lab.run(lab.room())

    async def begin() -> list[Conversation]:
        return list(await asyncio.gather(*[room.opened("", external_id=f"x{number}") for number in range(8)]))

    ones = lab.run(begin())
    assert sorted(one.number for one in ones) == list(range(1, 9))
    lab.run(_at_once(room, ones))
    assert lab.run(room.counted()) == lab.run(room.there())
