"""How SQLite walks when rules look: no question reads every row of a workspace to find a few."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.storage.test_plans import Explained
from tillside.automations import arrivals, explain, history, moments, rule, runs, simulate, timers
from tillside.storage import migrate

pytestmark = pytest.mark.anyio
TABLES = re.compile(r"^(SCAN|SEARCH) (rule_timer|rule_run|event|conversation|conversation_order|trail|message)\b(.*)")
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    (arrivals._ARRIVED, {"w": 1, "after": 5, "last": 9, "since": 1, "names": ["order"], "count": 5}),
    (arrivals._OF_ORDER, {"w": 1, "order": "ord_1"}),
    (arrivals._OF_PEOPLE, {"w": 1, "ids": ["cus_1"]}),
    (moments._BEFORE, {"w": 1, "id": "cnv_1", "at": 5}),
    (moments._SNOOZED_BY, {"w": 1, "id": "cnv_1"}),
    (runs._LATELY, {"w": 1, "id": "cnv_1", "since": 5}),
    (runs._TOLD, {"w": 1, "id": "cnv_1", "since": 5, "rule": "rul_1", "outcome": "often"}),
    (runs._CHAIN, {"w": 1, "id": "cnv_1", "rule": "rul_1"}),
    (timers._DUE, {"at": 5, "count": 5}),
    (timers._ROWS.replace("{lock}", ""), {"w": 1, "conversation": "cnv_1", "occurrence": "x", "at": 5}),
    (simulate._LATELY, {"w": 1, "at": 5, "id": "x", "since": 1, "count": 5}),
    (history._TRAIL, {"w": 1, "ids": ["cnv_1"], "since": 5, "kinds": ["rated"]}),
    (history._EVENTS, {"w": 1, "ids": ["cus_1"], "since": 5, "names": ["order"]}),
    (explain._LINES, {"w": 1, "id": "cnv_1", "kinds": ["rule_applied"], "count": 5}),
    (explain._LAST_BY, {"w": 1, "id": "cnv_1", "kinds": ["rule_applied"]}),
    (explain._WAITS, {"w": 1, "id": "cnv_1", "rule": "rul_1"}),
    (rule._LIVE, {"w": 1}),
)


async def test_nothing_rules_ask_reads_a_whole_workspace(tmp_path: Path) -> None:
    store = Explained(tmp_path / "desk.db")
    await migrate.bring_up(store, "desk")
    store.plans.clear()
    for sql, given in ASKED:
        await store.read(sql, **given)
    found = [f"{' '.join(sql.split())[:100]}: {step[-1]}" for sql, plan in store.plans for step in plan if _is_wide(step[-1])]
    await store.close()
    assert len(store.plans) == len(ASKED)
    assert not found, "\n".join(found)


def _is_wide(step: str) -> bool:
    """A walk over a table, or a search by its workspace alone; what is due is walked by its time, over all workspaces."""
    said = TABLES.match(step)
    if said is None or "rule_timer_due" in step:
        return False
    return said[1] == "SCAN" or said[3].count("?") < 2
