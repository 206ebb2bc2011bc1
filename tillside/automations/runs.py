"""What rules did, counted: the rows that stop loops. How often lately, and through which other rules it came to it."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from tillside.automations.rule import Rule
from tillside.base import stamps
from tillside.storage.database import Database, Transaction

Outcome = Literal["applied", "failed", "often", "deep", "full"]
MOST_AN_HOUR = 20
"""How often rules may be applied to one conversation within an hour; what talks to itself by ways we cannot see ends here."""
DEEPEST = 3
"""How many rules may wake each other in a row."""
_KEPT = 90 * stamps.DAY
_TIMERS_KEPT = 31 * stamps.DAY
_INSERT = """
insert into rule_run (workspace_id, id, rule_id, conversation_id, at, outcome, chain)
values (:w, :id, :rule, :conversation, :at, :outcome, :chain)
"""
_LATELY = """
select count(*) from rule_run where workspace_id = :w and conversation_id = :id and at > :since and (outcome = 'applied' or outcome = 'failed')
"""
_TOLD = """
select 1 from rule_run where workspace_id = :w and conversation_id = :id and at > :since and rule_id = :rule and outcome = :outcome limit 1
"""
_CHAIN = """
select chain from rule_run where workspace_id = :w and conversation_id = :id and rule_id = :rule and outcome = 'applied'
order by at desc, id desc limit 1
"""


async def record(tx: Transaction, rule: Rule, conversation_id: str, outcome: Outcome, *, chain: Sequence[str]) -> str:
    """Write down that it came to this rule. `chain`: the rules that led here, this one last."""
    at = stamps.now()
    run_id = stamps.new_id("rrn", at)
    await tx.run(
        _INSERT,
        w=rule.workspace_id,
        id=run_id,
        rule=rule.id,
        conversation=conversation_id,
        at=at,
        outcome=outcome,
        chain=msgspec.json.encode(list(chain)).decode(),
    )
    return run_id


async def lately(store: Database | Transaction, workspace_id: int, conversation_id: str, *, at: int) -> int:
    """How often rules were applied here within the last hour."""
    row = await store.one(_LATELY, w=workspace_id, id=conversation_id, since=at - stamps.HOUR)
    return int(row[0]) if row else 0


async def was_told(tx: Transaction, rule: Rule, conversation_id: str, outcome: Outcome, *, at: int) -> bool:
    """Whether the same was said of this rule here within the last hour."""
    row = await tx.one(_TOLD, w=rule.workspace_id, id=conversation_id, rule=rule.id, outcome=outcome, since=at - stamps.HOUR)
    return row is not None


async def chain_of(tx: Transaction, workspace_id: int, conversation_id: str, rule_id: str) -> tuple[str, ...]:
    """The rules that led to what a rule did last here, itself among them."""
    row = await tx.one(_CHAIN, w=workspace_id, id=conversation_id, rule=rule_id)
    known = msgspec.json.decode(row[0], type=list[str]) if row else []
    return tuple(known) if rule_id in known else (*known, rule_id)


async def tidy(store: Database, *, at: int, count: int) -> int:
    """Forget what no question needs any more. For the loop, over all workspaces."""
    async with store.write(urgent=False) as tx:
        ran = await tx.run(
            "delete from rule_run where (workspace_id, id) in"
            " (select workspace_id, id from rule_run where at < :before order by at limit :count)",
            before=at - _KEPT,
            count=count,
        )
        rang = await tx.run(
            "delete from rule_timer where (workspace_id, conversation_id, occurrence, rule_id) in"
            " (select workspace_id, conversation_id, occurrence, rule_id from rule_timer where settled_at is not null and settled_at < :before"
            " order by settled_at limit :count)",
            before=at - _TIMERS_KEPT,
            count=count,
        )
    return max(ran, rang)
