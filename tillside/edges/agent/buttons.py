"""The buttons of actions: which stand on a card, with their keys, why one does not apply, and what is under way."""

from collections.abc import Sequence

from msgspec import Struct

from tillside.actions import action as actions
from tillside.actions import facts
from tillside.actions import run as runs
from tillside.actions.action import Action, Subject
from tillside.actions.run import Run
from tillside.base import stamps
from tillside.conversations.conversation import Conversation
from tillside.edges.agent.guard import Visit
from tillside.orders.order import Order

_SHOWN_FOR = stamps.DAY
"""How long a card still shows that a run failed."""


class Button(Struct, frozen=True):
    """One action on one thing. `why` it does not apply, "" where it does; `run`: the one under way, or the last that failed."""

    id: str
    name: str
    icon: str
    description: str
    key: str
    asks: bool
    why: str
    where: str
    about: list[tuple[str, str]]
    token: str
    run: Run | None = None

    @property
    def state(self) -> str:
        return self.run.state if self.run else ""

    @property
    def is_open(self) -> bool:
        return self.run is not None and self.run.is_open


class Place(Struct, frozen=True):
    """Where buttons stand: the thing they act on, what else is known there, and the page to come back to."""

    subject: Subject
    talk: Conversation | None = None
    order: Order | None = None
    profile_id: str = ""
    back: str = ""

    @property
    def about(self) -> list[tuple[str, str]]:
        """What a form must bring back."""
        pairs = [
            ("conversation", self.talk.id if self.talk else ""),
            ("order", self.order.id if self.order else ""),
            ("customer", self.profile_id),
            ("back", self.back),
        ]
        return [(name, value) for name, value in pairs if value]

    @property
    def thing(self) -> tuple[str, str]:
        if self.subject == "order" and self.order:
            return "order", self.order.id
        if self.subject == "conversation" and self.talk:
            return "conversation", self.talk.id
        return "profile", self.profile_id


async def of(visit: Visit, place: Place) -> list[Button]:
    """The buttons of a place, in the order of their keys; those of other roles are not there."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    every = [one for one in await actions.every(store, workspace_id, on=True) if _is_for(one, place, visit.agent.role)]
    if not every:
        return []
    seen = await facts.gather(store, workspace_id, every, talk=place.talk, order=place.order)
    thing, thing_id = place.thing
    lately = await runs.of(store, workspace_id, thing, thing_id) if thing_id else []
    return [_button(one, place, facts.refusal(one, seen), _under_way(one, lately)) for one in every]


def key_of(action: Action) -> str:
    return str(action.position) if 1 <= action.position <= 9 else ""


def _is_for(action: Action, place: Place, role: str) -> bool:
    return action.subject == place.subject and (not action.roles or role in action.roles)


def _under_way(action: Action, lately: Sequence[Run]) -> Run | None:
    """The newest run, while it is open or its failure is fresh."""
    newest = next((run for run in lately if run.action_id == action.id), None)
    if newest is None or newest.is_open:
        return newest
    is_fresh = newest.state == "failed" and stamps.now() - (newest.settled_at or 0) < _SHOWN_FOR
    return newest if is_fresh else None


def _button(action: Action, place: Place, why: str, run: Run | None) -> Button:
    return Button(
        id=action.id,
        name=action.name,
        icon=action.icon,
        description=action.description,
        key=key_of(action),
        asks=action.asks,
        why=why,
        where=f"/actions/{action.id}",
        about=place.about,
        token=stamps.token()[:24],
        run=run,
    )
