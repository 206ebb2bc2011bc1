"""`POST /v1/reports/query`: totals for daily scripts (contract 2.3)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from tillside.agents import workspace
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.conversations import reports
from tillside.conversations.reports import Figure, Span
from tillside.edges.api import asked
from tillside.edges.api.call import Answer, Call, Endpoint

_FIELDS = {"rating": "ratings", "agent": "agents", "assignee_id": "agents", "team": "teams", "team_id": "teams", "channel": "channels"}


class Named(Struct):
    name: str
    value: int | float | None


class Dimension(Struct):
    value: str | None


class Breakdown(Struct):
    dimensions: list[Dimension]
    metrics: list[Named]


class Aggregations(Struct):
    totals: list[Named]
    breakdowns: list[Breakdown]


class ReportData(Struct):
    aggregations: Aggregations


class Report(Struct):
    data: ReportData


def endpoints() -> list[Endpoint]:
    return [
        Endpoint(
            method="POST",
            path="/v1/reports/query",
            verb=query,
            name="queryReports",
            does=f"Totals of a span of days, both inclusive. Metrics: {', '.join(reports.METRICS)}. Durations are milliseconds.",
            scope="reports:read",
            takes=asked.Query,
            gives=Report,
        )
    ]


async def query(call: Call) -> Answer:
    """``{"startDate", "endDate", "metrics": […], "timezone"}`` → ``{"data": {"aggregations": {"totals": […], "breakdowns": […]}}}``."""
    said = asked.taken(call, call.body, asked.Query)
    if wrong := next((metric for metric in said.metrics if metric not in reports.METRICS), None):
        raise Refused(f"There is no metric {wrong[:60]}.", field="metrics", hint=f"Use: {', '.join(reports.METRICS)}.")
    span = await _span(call, said)
    by_agent = "agent" in (said.dimensions if isinstance(said.dimensions, list) else [said.dimensions])
    found = await reports.figures(call.desk.store, call.workspace_id, span, list(dict.fromkeys(said.metrics)), by_agent=by_agent)
    totals = [Named(one.metric, one.value) for one in found if one.agent_id is None]
    return Answer(Report(ReportData(Aggregations(totals, _breakdowns(found)))))


def _breakdowns(found: list[Figure]) -> list[Breakdown]:
    agents = sorted({one.agent_id for one in found if one.agent_id is not None})
    return [
        Breakdown([Dimension(agent_id or None)], [Named(one.metric, one.value) for one in found if one.agent_id == agent_id])
        for agent_id in agents
    ]


async def _span(call: Call, said: asked.Query) -> Span:
    """The days and filters asked for. Raises Refused naming what is wrong."""
    zone_name = said.timezone or (await workspace.by_id(call.desk.store, call.workspace_id)).time_zone
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(f"{zone_name[:60]} is not a time zone.", field="timezone", hint="Send it like Europe/Oslo.") from error
    start, end = _day(said.start_date, "startDate", zone), _day(said.end_date, "endDate", zone, days=1)
    if end <= start:
        raise Refused("endDate: lies before startDate.", field="endDate", hint="Send the same day, or a later one.")
    given: dict[str, list[str]] = {}
    for one in said.filters or []:
        if one.field not in _FIELDS or one.operator not in ("any_of", "is", "equals"):
            raise Refused(
                f"filters: {one.field[:40]} cannot be filtered like that.",
                field="filters",
                hint="Use any_of with rating, agent, team or channel.",
            )
        given[_FIELDS[one.field]] = [str(value) for value in (one.value if isinstance(one.value, list) else [one.value])]
    ratings = [int(value) for value in given.pop("ratings", []) if value.isdigit() and len(value) < 3]
    return Span(start=start, end=end, ratings=ratings, **given)


def _day(said: str, field: str, zone: ZoneInfo, *, days: int = 0) -> int:
    """The beginning of a day where it is that day, in microseconds."""
    try:
        begins = datetime.combine(date.fromisoformat(said[:10]) + timedelta(days=days), datetime.min.time(), zone)
        return int(begins.timestamp()) * stamps.SECOND
    except (ValueError, OverflowError) as error:
        raise Refused(f"{field}: {said[:40]} is not a date.", field=field, hint="Send it like 2026-05-01.") from error
