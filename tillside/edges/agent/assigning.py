"""Settings of a workspace that rules rest on: when somebody is here, and whom conversations go to by themselves."""

from typing import Any, Final, Literal

from msgspec import Struct
from starlette.responses import Response

from tillside.agents import agent as agents
from tillside.agents import hours as week_of
from tillside.agents import team as teams
from tillside.agents.access import Act
from tillside.agents.hours import DAYS, Span, Week
from tillside.automations import assignment, hours
from tillside.automations.assignment import Settings
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.edges.agent import guard
from tillside.edges.agent.guard import Form, Visit
from tillside.edges.http.routes import Guarded

Method = Literal["manual", "round_robin", "balanced"]
METHODS: Final[tuple[tuple[Method, str, str], ...]] = (
    ("manual", "By hand", "Rules assign what they match. Everything else goes to the ones below, or waits for somebody to take it."),
    ("round_robin", "In turn", "Each goes to whoever’s turn it is among those who are available."),
    ("balanced", "Balanced", "Each goes to whoever is available and has the fewest open."),
)


class Now(Struct, frozen=True):
    """Whether somebody is here at this moment, and what changes that."""

    is_open: bool
    says: str


def routes() -> list[Guarded]:
    return [
        guard.page("/settings/hours", show_hours, allow=Act.ADMINISTER),
        guard.page("/settings/hours", keep_hours, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/assignment", show_assignment, allow=Act.ADMINISTER),
        guard.page("/settings/assignment", keep_assignment, allow=Act.ADMINISTER, methods=["POST"]),
    ]


async def show_hours(visit: Visit) -> Response:
    return await _hours(visit)


async def keep_hours(visit: Visit) -> Response:
    """``POST /settings/hours`` with presence, Monday-start … Sunday-end, free (one day in each line)."""
    try:
        async with visit.desk.store.write() as tx:
            await hours.put(tx, visit.workspace.id, week(visit.form))
    except Refused as error:
        return await _hours(visit, trouble=error)
    return visit.go("/settings/hours?kept=1")


def week(form: Form) -> Week:
    """The week of a form: a day without times is free; until 00:00 is until midnight."""
    days: list[Span | None] = []
    for day in DAYS:
        start, end = form.get(f"{day}-start", "").strip(), form.get(f"{day}-end", "").strip()
        days.append(Span(start, "24:00" if end == "00:00" else end) if start or end else None)
    free = [line.strip() for line in form.get("free", "").splitlines() if line.strip()]
    return Week(is_always=form.get("presence") != "hours", days=tuple(days), free=tuple(dict.fromkeys(free)))


async def show_assignment(visit: Visit) -> Response:
    return await _assignment(visit, await assignment.of(visit.desk.store, visit.workspace.id))


async def keep_assignment(visit: Visit) -> Response:
    """``POST /settings/assignment`` with method, default_agent_id, default_team_id, chat_capacity, ticket_capacity, and what is ticked."""
    before = await assignment.of(visit.desk.store, visit.workspace.id)
    try:
        wanted = await _wanted(visit)
        async with visit.desk.store.write() as tx:
            await assignment.put(tx, visit.workspace.id, wanted)
    except Refused as error:
        return await _assignment(visit, before, trouble=error)
    return visit.go("/settings/assignment?kept=1")


async def _wanted(visit: Visit) -> Settings:
    form = visit.form
    people = {"", *(one.id for one in await agents.every(visit.desk.store, visit.workspace.id) if one.is_active)}
    crews = {"", *(one.id for one in await teams.every(visit.desk.store, visit.workspace.id))}
    if form.get("default_agent_id", "") not in people:
        raise Refused("There is no such agent any more.", field="default_agent_id", hint="Choose another one.")
    if form.get("default_team_id", "") not in crews:
        raise Refused("There is no such team any more.", field="default_team_id", hint="Choose another one.")
    return Settings(
        method=next((one for one, _, _ in METHODS if one == form.get("method")), "manual"),
        default_agent_id=form.get("default_agent_id", ""),
        default_team_id=form.get("default_team_id", ""),
        chat_capacity=_count(form, "chat_capacity"),
        ticket_capacity=_count(form, "ticket_capacity"),
        on_first_message="on_first_message" in form,
        when_away="when_away" in form,
    )


def _count(form: Form, name: str) -> int:
    said = form.get(name, "").strip() or "0"
    if not said.isdecimal() or len(said) > 9:
        raise Refused("This is not a number.", field=name, hint="Use digits only; 0 is no limit.")
    return int(said)


async def _hours(visit: Visit, *, trouble: Refused | None = None) -> Response:
    kept = await hours.of(visit.desk.store, visit.workspace.id)
    typed = {name: visit.form.get(name, "") for name in ("presence", "free", *(f"{day}-{end}" for day in DAYS for end in ("start", "end")))}
    return visit.page(
        "settings_hours.html",
        status=422 if trouble else 200,
        now=_now(visit, kept),
        typed=typed if trouble else _shown(kept),
        days=DAYS,
        trouble=trouble,
        is_kept="kept" in visit.request.query_params,
    )


def _shown(kept: Week) -> dict[str, str]:
    """A week as the fields of the form. A week that was never set begins with usual hours, so that choosing it is one step."""
    usual = kept.is_always and not any(kept.days)
    found = {"presence": "always" if kept.is_always else "hours", "free": "\n".join(kept.free)}
    for at, day in enumerate(DAYS):
        span = (Span("09:00", "17:00") if at < 5 else None) if usual else kept.days[at]
        found[f"{day}-start"], found[f"{day}-end"] = (span.start, "00:00" if span.end == "24:00" else span.end) if span else ("", "")
    return found


def _now(visit: Visit, kept: Week) -> Now:
    here = week_of.presence(kept, visit.workspace.time_zone, stamps.now())
    if here.is_open:
        return Now(True, f"Open until {here.until}" if here.until else "Always open")
    if not here.start:
        return Now(False, "Closed, with no day of business in the next month")
    day = {"0": "today", "1": "tomorrow"}.get(here.start_day, f"on {here.start_day}")
    return Now(False, f"Closed until {here.start} {day}")


async def _assignment(visit: Visit, kept: Settings, *, trouble: Refused | None = None) -> Response:
    store, workspace_id = visit.desk.store, visit.workspace.id
    said: dict[str, Any] = {name: getattr(kept, name) for name in kept.__struct_fields__}
    if trouble:
        said |= {name: visit.form.get(name, "") for name in said} | {name: name in visit.form for name in ("on_first_message", "when_away")}
    return visit.page(
        "settings_assignment.html",
        status=422 if trouble else 200,
        typed=said,
        methods=METHODS,
        people=[("", "Nobody"), *((one.id, one.name) for one in await agents.every(store, workspace_id) if one.is_active)],
        teams=[("", "No team"), *((one.id, one.name) for one in await teams.every(store, workspace_id))],
        trouble=trouble,
        is_kept="kept" in visit.request.query_params,
    )
