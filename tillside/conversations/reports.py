"""Figures over a span of time: how many came, were closed, how long they took, how they were rated. Reads only.

Hours of business are not kept yet, so durations count every hour.
"""

from statistics import median
from typing import Any

from msgspec import Struct

from tillside.storage.database import Database

_MOST_ROWS = 200_000
_COUNTS = {
    "new_conversations": "created_at >= :start and created_at < :end",
    "closed_conversations": "closed_at is not null and closed_at >= :start and closed_at < :end",
    "csat_surveys_sent": "rating_asked_at is not null and rating_asked_at >= :start and rating_asked_at < :end",
    "csat_surveys_rated": "rated_at is not null and rated_at >= :start and rated_at < :end",
    "backlog": "created_at < :end and (closed_at is null or closed_at >= :end) and :start <= :end",
}
_TIMES = {
    "first_response_time_bh": ("first_response_at - created_at", "first_response_at"),
    "time_to_first_resolution_bh": ("first_closed_at - created_at", "first_closed_at"),
    "csat_score": ("rating", "rated_at"),
}
METRICS = (*_COUNTS, *_TIMES, "csat_score_percentage", *(f"p50_{name}" for name in _TIMES if name != "csat_score"))
GOOD = 4
"""A rating from this on counts as content."""


class Span(Struct, frozen=True, kw_only=True):
    """What is counted: from `start` inclusive to `end` exclusive, in µs; empty lists narrow nothing."""

    start: int
    end: int
    ratings: list[int] = []
    agents: list[str] = []
    teams: list[str] = []
    channels: list[str] = []


class Figure(Struct, frozen=True):
    """One metric of everybody (`agent_id` None) or of one agent. Durations in ms; None where there is nothing to take it of."""

    metric: str
    agent_id: str | None
    value: float | None


async def figures(database: Database, workspace_id: int, span: Span, metrics: list[str], *, by_agent: bool = False) -> list[Figure]:
    """The figures of these metrics over everybody, and with `by_agent` also of each agent who has any."""
    found: list[Figure] = []
    for metric in metrics:
        values = await (_counted if metric in _COUNTS else _measured)(database, workspace_id, span, metric)
        found.append(Figure(metric, None, values.pop(None, None)))
        if by_agent:
            found += [Figure(metric, agent_id, value) for agent_id, value in sorted(values.items(), key=lambda pair: pair[0] or "")]
    return found


async def _counted(database: Database, workspace_id: int, span: Span, metric: str) -> dict[str | None, float | None]:
    where, given = _narrowed(span)
    rows = await database.read(
        f"select assignee_id, count(*) from conversation where workspace_id = :w and {_COUNTS[metric]} and state <> 'trash'{where}"
        " group by assignee_id order by assignee_id limit 1000",
        w=workspace_id,
        start=span.start,
        end=span.end,
        **given,
    )
    return {None: sum(row[1] for row in rows), **{row[0]: row[1] for row in rows}}


async def _measured(database: Database, workspace_id: int, span: Span, metric: str) -> dict[str | None, float | None]:
    """The mean or median of a measure, of everybody and of each agent."""
    name = "csat_score" if metric.startswith("csat") else metric.removeprefix("p50_")
    expression, column = _TIMES[name]
    where, given = _narrowed(span)
    rows = await database.read(
        f"select assignee_id, {expression} from conversation where workspace_id = :w and {column} is not null and {column} >= :start"
        f" and {column} < :end and state <> 'trash'{where} order by {column} limit {_MOST_ROWS}",
        w=workspace_id,
        start=span.start,
        end=span.end,
        **given,
    )
    groups: dict[str | None, list[int]] = {None: [row[1] for row in rows]}
    for agent_id, value in rows:
        groups.setdefault(agent_id, []).append(value)
    return {agent_id: _value(metric, values) for agent_id, values in groups.items()}


def _value(metric: str, values: list[int]) -> float | None:
    if not values:
        return None
    if metric == "csat_score_percentage":
        return round(100 * sum(value >= GOOD for value in values) / len(values), 2)
    mean = median(values) if metric.startswith("p50_") else sum(values) / len(values)
    return round(mean, 2) if metric == "csat_score" else round(mean / 1000)


def _narrowed(span: Span) -> tuple[str, dict[str, Any]]:
    parts = (
        (span.ratings, "rating in {ints:ratings}", "ratings"),
        (span.agents, "assignee_id in {list:agents}", "agents"),
        (span.teams, "team_id in {list:teams}", "teams"),
        (span.channels, "channel in {list:channels}", "channels"),
    )
    stated = [(sql, name, values) for values, sql, name in parts if values]
    return "".join(f" and {sql}" for sql, _, _ in stated), {name: values for _, name, values in stated}
