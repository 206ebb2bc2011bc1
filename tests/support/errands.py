"""An action of a tenant and a run of it, for tests that need something behind every path."""

from tillside.actions import action as actions
from tillside.actions import runs
from tillside.actions.action import Action, Limit, Plan
from tillside.actions.run import Run
from tillside.agents.actor import Actor
from tillside.conversations import conversation as conversations
from tillside.edges.http.desk import Desk
from tillside.targets import target as targets
from tillside.targets.calls import Cause
from tillside.targets.target import Draft

FORM = {
    "type": "object",
    "properties": {
        "amount": {"type": "string", "title": "Amount", "x-money": True},
        "reason": {"type": "string", "title": "Reason", "enum": ["damaged", "lost"], "default": "damaged"},
    },
}
BODY = '{"order": "{{ order.number }}", "amount": "{{ input.amount }}"}'
RULE = Actor("rule", "rul_errands", "Damaged on arrival")


async def declared(desk: Desk, workspace_id: int, *, url: str = "https://shop.example/refunds", name: str = "Refund", **more: object) -> Action:
    """An action whose every run needs approval, unless told otherwise: nothing is called."""
    async with desk.store.write() as tx:
        draft = Draft(name=f"Shop: {name}", url=url, body=BODY)
        saved = await targets.add(tx, desk.vault, workspace_id, draft, check_url=desk.outbound.check_url)
        plan = {"name": name, "target_id": saved.target.id, "form": FORM, "limit": Limit("amount", 0, "EUR"), **more}
        return await actions.add(tx, workspace_id, Plan(**plan))  # type: ignore[arg-type]  # the fields of a plan by name


async def proposed(desk: Desk, workspace_id: int, ticket_id: str) -> dict[str, str]:
    """An action for orders, and a run of another one that waits for approval."""
    action = await declared(desk, workspace_id)
    other = await declared(desk, workspace_id, name="Voucher", subject="conversation")
    talk = await conversations.known_as(desk.store, workspace_id, ticket_id)
    async with desk.store.write() as tx:
        run: Run = await runs.propose(tx, other, talk=talk, order=None, input={"amount": "5"}, by=RULE, cause=Cause("rule", RULE.id, RULE.name))
    return {"action_id": action.id, "run_id": run.id}
