"""A rule that calls something outside: written down with what it does, told what woke it, never answered twice."""

import pytest

from tests.automations.automated import Automated, says, tag
from tillside.automations.engine import actor
from tillside.macros import step
from tillside.targets import target as targets
from tillside.targets.target import Draft

pytestmark = pytest.mark.anyio
BODY = '{"rule": "{{event.ruleId}}", "why": "{{event.type}}", "text": "{{lastMessage.text}}", "link": "{{ticket.url}}"}'


async def target(desk: Automated, url: str = "https://erp.example/hook") -> targets.Target:
    async with desk.store.write() as tx:
        saved = await targets.add(tx, desk.room.desk.vault, desk.w, Draft(name="ERP", url=url, body=BODY))
    return saved.target


async def test_a_call_knows_the_rule_and_what_woke_it(desk: Automated) -> None:
    erp = await target(desk)
    rule = await desk.rule("tagging", "Tells", [step.CallTarget(erp.id), tag("told")], blocks=[says("parcel")])
    one = await desk.begins()
    (row,) = await desk.store.read("select body, by_kind, by_id, cause_kind, cause_id, conversation_id from call")
    assert row[0] == (f'{{"rule": "{rule.id}", "why": "customer_wrote", "text": "Where is my parcel?", "link": "/conversations/{one.id}"}}')
    assert tuple(row[1:]) == (actor(rule).kind, rule.id, "rule", rule.id, one.id)
    (line,) = await desk.trail(one, "rule_applied")
    assert line.detail["did"] == ["Call ERP", "Add tag told"]


async def test_where_a_later_step_is_refused_nothing_was_called(desk: Automated) -> None:
    erp = await target(desk)
    await desk.rule("tagging", "Tells", [step.CallTarget(erp.id), step.Reply("{{order.tracking_number}}")])
    one = await desk.begins()
    assert await desk.store.read("select id from call") == [] and len(await desk.trail(one, "rule_failed")) == 1
