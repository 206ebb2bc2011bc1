"""How both databases walk: neither claims nor the log read every row of a workspace to find a few."""

import re
from typing import Any

import pytest

from tests.targets.yard import Yard
from tillside.agents.actor import DESK
from tillside.targets import alerts, attempts, calls, cards, figures, log, replay, secrets, taking
from tillside.targets import target as targets
from tillside.targets.calls import Cause
from tillside.targets.health import Health
from tillside.targets.log import Filter
from tillside.targets.request import Request
from tillside.targets.taking import Lane
from tillside.targets.tidying import tidy

WIDE = re.compile(r"^\s*(?:->\s*)?(SCAN (call|attempt|target_card|target_hour)\b(?! USING INDEX)|.*Seq Scan on call\b)", re.IGNORECASE)
ALONE = re.compile(r"^SEARCH (call|attempt)\b.*\(workspace_id=\?\)$")
BETWEEN = re.compile(r"workspace_id=\? AND position>\? AND position<\?")
"""Every call placed between two: what a planner that knows no better makes of a window."""
ALLOWED = re.compile(r"USING (COVERING )?INDEX (call_log|call_created)\b")


class Explaining:
    """Asks the database how it would walk, for whatever is read meanwhile."""

    def __init__(self, yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plans: list[tuple[str, list[str]]] = []
        true = type(yard.store).read
        word = "explain query plan" if yard.store.dialect.name == "sqlite" else "explain"

        async def read(store: Any, sql: str, **given: object) -> Any:
            if store is yard.store and re.match(r"\s*(select|with)\b", sql):
                rows = await true(store, f"{word} {sql}", **given)
                self.plans.append((sql, [str(row[-1]) for row in rows]))
            return await true(store, sql, **given)

        monkeypatch.setattr(type(yard.store), "read", read)

    def wide(self) -> list[str]:
        return [
            f"{' '.join(sql.split())[:140]}: {step}"
            for sql, plan in self.plans
            for step in plan
            if WIDE.search(step) or BETWEEN.search(step) or (ALONE.search(step) and not ALLOWED.search(step))
        ]


async def test_nothing_reads_every_call_to_find_a_few(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    target = await filled(yard)
    explaining = Explaining(yard, monkeypatch)
    lane = Lane(yard.workspace_id, target.id, 1, "on", Health())
    await taking.lanes(yard.store, at=yard.at)
    await taking.due(yard.store, lane, at=yard.at, count=4)
    await figures.of_target(yard.store, yard.workspace_id, target.id, at=yard.at)
    await figures.of_targets(yard.store, yard.workspace_id, [target.id], at=yard.at)
    await attempts.of_call(yard.store, yard.workspace_id, "dlv_one")
    await attempts.last(yard.store, yard.workspace_id, "dlv_one")
    await cards.of_conversation(yard.store, yard.workspace_id, "cnv_one", at=yard.at)
    async with yard.store.write() as tx:
        await alerts.raise_all(tx, [(yard.workspace_id, target.id, "given_up")], at=1)
    assert await alerts.count(yard.store, yard.workspace_id, at=yard.at) == len(await alerts.every(yard.store, yard.workspace_id, at=yard.at))
    await replay.count(yard.store, target, since=0, until=5)
    await secrets.known_of(yard.store, yard.workspace_id, target.id)
    for asked in (
        Filter(),
        Filter(target_id=target.id),
        Filter(target_id=target.id, state="dead"),
        Filter(state="dead"),
        Filter(answered=5),
        Filter(cause="rule"),
        Filter(conversation_id="cnv_one"),
        Filter(run_id="run_one"),
        Filter(text="dlv_one"),
        Filter(text="words", since=5, until=9),
    ):
        await log.page(yard.store, yard.workspace_id, asked, before=5)
    await tidy(yard.store, at=yard.at)
    assert len(explaining.plans) > 20
    assert not explaining.wide(), "\n".join(explaining.wide())


async def test_this_rule_sees_what_it_forbids(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(yard)
    explaining = Explaining(yard, monkeypatch)
    await yard.store.read("select id from call where body = :body order by position limit 5", body="x")
    assert explaining.wide()


async def filled(yard: Yard) -> targets.Target:
    """Enough rows for a planner that counts them to look for an index."""
    target = await yard.target()
    made = Request("POST", "https://cart.example/", [], "{}" * 200)
    async with yard.store.write() as tx:
        new = calls.new(target, made, "", cause=Cause("rule"), by=DESK, at=yard.at)
        row = calls._row(new) | {"state": "done", "due_at": None, "settled_at": yard.at}
        await tx.many(calls._INSERT.replace(" returning position", ""), [_with(row, number) for number in range(3000)])
    if yard.store.dialect.name == "postgres":
        await yard.store.script("analyze call")
    return target


def _with(row: dict[str, Any], number: int) -> tuple[Any, ...]:
    one = row | {"id": f"dlv_{number:026}", "order_key": f"dlv_{number:026}", "created_at": row["created_at"] + number}
    return tuple(one[name] for name in calls.COLUMNS.split(", ")[1:])
