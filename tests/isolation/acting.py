"""What a workspace's shop can do, and what was asked of it: an action nobody took, a run that waits for approval, and one that failed."""

import itertools

from tillside.actions import action as actions
from tillside.actions import runs
from tillside.actions.action import Action, Limit, Plan
from tillside.agents.actor import Actor
from tillside.conversations.conversation import Conversation
from tillside.edges.http.desk import Desk
from tillside.storage.database import Transaction
from tillside.targets import target as targets
from tillside.targets.calls import Cause
from tillside.targets.target import Draft

FORM = {"type": "object", "properties": {"amount": {"type": "string", "title": "Amount", "x-money": True}}}
RULE = Actor("rule", "rul_isolation", "A rule")
_numbers = itertools.count(1)


async def taken(desk: Desk, talk: Conversation, word: str) -> dict[str, str]:
    """Ids by name. Every run needs approval first, so nothing is called."""
    w = talk.workspace_id
    async with desk.store.write() as tx:
        target_id = await _target(tx, desk, w, word)
        free, asked, failed = [await _declared(tx, w, target_id, kind, word) for kind in ("Free", "Asked", "Failed")]
        waiting, broken = [
            await runs.propose(tx, one, talk=talk, order=None, input={"amount": "5"}, by=RULE, cause=Cause("rule")) for one in (asked, failed)
        ]
        await tx.run("update action_run set state = 'failed' where workspace_id = :w and id = :id", w=w, id=broken.id)
        await tx.run("delete from action_open where workspace_id = :w and run_id = :id", w=w, id=broken.id)
    return {"shop_target": target_id, "action": free.id, "run": waiting.id, "failed_run": broken.id}


async def _target(tx: Transaction, desk: Desk, workspace_id: int, word: str) -> str:
    name = f"Shop {word}"
    known = next((one for one in await targets.every(tx, workspace_id) if one.name == name and one.is_on), None)
    if known is not None:
        return known.id
    draft = Draft(name=name, url="https://cart.invalid/actions", body="{}")
    return (await targets.add(tx, desk.vault, workspace_id, draft)).target.id


async def _declared(tx: Transaction, workspace_id: int, target_id: str, kind: str, word: str) -> Action:
    """The one that is there, unless a case changed it."""
    for known in await actions.every(tx, workspace_id):
        if known.name.startswith(kind) and known.version == 1:
            return known
    name = f"{kind} {next(_numbers)} {word}"
    plan = Plan(name=name, target_id=target_id, subject="conversation", form=FORM, limit=Limit("amount", 0, "EUR"))
    return await actions.add(tx, workspace_id, plan)
