"""Alerts of HTTP targets: what one asks of somebody in words, in the bell, above the list it leads to, and on the pages of targets."""

from collections.abc import Callable

from msgspec import Struct
from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.edges.agent import acts, doors, format, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.targets import alerts, target
from tillside.targets.alerts import Alert, Kind

PLACE = "/inbox?view=mentions"


class Said(Struct, frozen=True):
    """One alert. `href`, `verb`: where it is looked at; `is_off`: the target can be switched on again."""

    target_id: str
    tone: str
    icon: str
    title: str
    words: str
    href: str
    verb: str = "Show them"
    is_off: bool = False


def routes() -> list[Guarded]:
    return [
        guard.page("/alerts", index, allow=Act.CONNECT),
        guard.page("/targets/{target_id}/alerts/completion", complete, allow=Act.CONNECT, methods=["POST"]),
    ]


async def index(visit: Visit) -> Response:
    """``GET /alerts``: what the bell counts, as a piece; where no script asks, the list it stands above."""
    if not acts.is_piece(visit):
        return visit.go(PLACE)
    return visit.page("inbox/_alerts.html", status=200, alerts=await in_bell(visit))


async def complete(visit: Visit) -> Response:
    """``POST /targets/{id}/alerts/completion``: somebody saw to it, and nobody else has to."""
    one = await target.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["target_id"])
    async with visit.desk.store.write() as tx:
        await alerts.end(tx, one.workspace_id, one.id, at=stamps.now(), by=actor.of_agent(visit.agent))
    if acts.is_piece(visit):
        return visit.page("inbox/_alerts.html", status=200, alerts=await in_bell(visit))
    return visit.go(doors.inside(visit.form.get("back", "")))


async def count(visit: Visit) -> int:
    """How many targets ask for this agent."""
    return await alerts.count(visit.desk.store, visit.workspace.id, at=stamps.now()) if visit.may(Act.CONNECT) else 0


async def in_bell(visit: Visit) -> list[Said]:
    """What the bell counts, for those who manage targets."""
    return await every(visit) if visit.may(Act.CONNECT) else []


async def every(visit: Visit, target_id: str = "") -> list[Said]:
    """All of them, or those of one target, in words."""
    found = await alerts.every(visit.desk.store, visit.workspace.id, at=stamps.now())
    return [said(one) for one in found if target_id in ("", one.target_id)]


def said(one: Alert) -> Said:
    """The worst of it in the title; what was given up besides is told in the words."""
    first = _WORDS[one.kinds[0]](one)
    if not one.given_up or one.kinds[0] in ("given_up", "disabled"):
        return first
    return Said(first.target_id, first.tone, first.icon, first.title, f"{first.words} {_given_up(one)}.", first.href, first.verb)


def _disabled(one: Alert) -> Said:
    words = f"{one.reason} What waited was given up and is kept. Mend the other side, switch it on again, and send what was missed again."
    return Said(one.target_id, "bad", "circle-x", f"The desk switched {one.name} off", words.strip(), _log(one, "failed"), is_off=True)


def _refused(one: Alert) -> Said:
    words = "It answered 401 or 403, or gave no token, five times in a row. Write its credentials anew; what waits then goes out by itself."
    return Said(
        one.target_id, "bad", "key-round", f"The credentials of {one.name} are refused", words, f"/targets/{one.target_id}", "Look at it"
    )


def _held_back(one: Alert) -> Said:
    words = "Most of them failed, so only one goes out now and then, to see. The others wait, and go out by themselves when it is well again."
    return Said(one.target_id, "warn", "clock", f"Calls of {one.name} are held back", words, _log(one, "waiting"))


def _calls(one: Alert) -> Said:
    words = "Each is kept with its request. Look at the answer, mend the cause, and send them again."
    return Said(one.target_id, "warn", "triangle-alert", _given_up(one, f" of {one.name}"), words, _log(one, "failed"))


def _given_up(one: Alert, whose: str = "") -> str:
    number = format.plural(one.given_up, "call") if one.given_up <= 1000 else "More than 1,000 calls"
    return f"{number}{whose} {'was' if one.given_up == 1 else 'were'} given up"


def _log(one: Alert, state: str) -> str:
    return f"/targets/{one.target_id}?state={state}"


_WORDS: dict[Kind, Callable[[Alert], Said]] = {"disabled": _disabled, "refused": _refused, "held_back": _held_back, "given_up": _calls}
