"""What a workspace sends to other programs, for the cases: no call of REST makes a target, a delivery, an action or a run of a rule.

Each workspace gets, by these names: `target` with a secret header; of it, from the oldest, `waiting` (until long after the tests), `dead` with
one try that was answered 422, and `refused` without any; all because of ticket t1. `action`, of which every run needs approval; of others
`asked`, a run that waits for it, and `broken`, one that failed. The keys `reader`, who may only look, and `lead`, who may also approve.
"""

from collections.abc import Sequence

from tests.support import errands
from tests.support.served import Served, Tenant
from tillside.actions import runs
from tillside.actions.action import Action
from tillside.actions.run import Run
from tillside.agents import actor, rest_key
from tillside.base import stamps
from tillside.conversations import conversation as conversations
from tillside.edges.http.desk import Desk
from tillside.storage.database import Transaction
from tillside.targets import attempts, calls
from tillside.targets import target as targets
from tillside.targets.attempts import DOTS, Attempt
from tillside.targets.calls import Cause
from tillside.targets.request import Request
from tillside.targets.shape import Header
from tillside.targets.target import Draft, Target

URL = "https://cart.invalid/holds"
SECRET = "sesame-of-the-cart"
FAR = 4_000_000_000_000_000
_LOOKS = ("targets:read", "deliveries:read", "actions:read")
_SET = "update call set state = :state, due_at = :due, settled_at = :settled, status = :status, answered = :answered, attempts = :tried"


def furnished(served: Served, tenant: Tenant, word: str) -> dict[str, str]:
    """All of it by name. `word` stands in every text of it."""
    headers = {"x-richpanel-key": tenant.rest_key}
    ticket = {"ticket": {"id": "t1", "comment": {"id": "c-t1", "body": f"It came broken {word}"}, "via": {"channel": "email"}}}
    assert served.client.post("/v1/tickets", json=ticket, headers=headers).status_code == 200
    return served.do(_furnish(served.desk, tenant.workspace_id, word))


async def _furnish(desk: Desk, w: int, word: str) -> dict[str, str]:
    async with desk.store.write() as tx:
        header = Header("x-key", f"{SECRET} {word}".strip(), is_secret=True)
        made = (await targets.add(tx, desk.vault, w, Draft(name=f"Cart {word}".strip(), url=URL, body="{}", headers=[header]))).target
        ids = await _calls(tx, made, word)
        keys = {
            name: (await rest_key.add(tx, w, name, scopes=[*_LOOKS, *more]))[1]
            for name, more in (("reader", ()), ("lead", ("actions:approve",)))
        }
    more = {"subject": "conversation"}
    action = await errands.declared(desk, w, name=f"Refund {word}".strip(), **more)
    others = [await errands.declared(desk, w, name=f"{name} {word}".strip(), **more) for name in ("Voucher", "Write off")]
    asked, broken = [await _proposed(desk, other) for other in others]
    async with desk.store.write() as tx:
        await tx.run(
            "update action_run set state = 'failed', reason = :why where workspace_id = :w and id = :id", why=f"No {word}", w=w, id=broken.id
        )
        await tx.run("delete from action_open where workspace_id = :w and run_id = :id", w=w, id=broken.id)
    return {"target": made.id, **ids, **keys, "action": action.id, "asked": asked.id, "broken": broken.id}


async def _calls(tx: Transaction, made: Target, word: str) -> dict[str, str]:
    w, now = made.workspace_id, stamps.now()
    talk = await conversations.known_as(tx, w, "t1")
    assert talk is not None
    ends: Sequence[tuple[str, str, int]] = (("waiting", "waiting", 0), ("dead", "dead", 422), ("refused", "dead", 404))
    ids = {}
    for name, state, status in ends:
        request = Request("POST", URL, [("content-type", "application/json")], f'{{"hold": "{name} {word}"}}')
        call = await calls.put(tx, made, request, cause=Cause("rule", "rul_1", f"Rule {word}"), by=actor.DESK, conversation_id=talk.id)
        over = {"due": None, "settled": now, "tried": 1} if status else {"due": FAR, "settled": None, "tried": 0}
        given = {"state": state, "status": status, "answered": status // 100, "w": w, "id": call.id, **over}
        await tx.run(f"{_SET} where workspace_id = :w and id = :id", **given)
        ids[name] = call.id
    back = [("x-shop", f"Fern {word}")]
    tried = Attempt(w, ids["dead"], 1, now, 178, 422, "", "Look", [("x-key", DOTS)], back, f'{{"why": "no stock {word}"}}')
    await attempts.write(tx, [tried])
    return ids


async def _proposed(desk: Desk, action: Action) -> Run:
    """Asked for by a rule, so that any key may decide it."""
    talk = await conversations.known_as(desk.store, action.workspace_id, "t1")
    async with desk.store.write() as tx:
        cause = Cause("rule", errands.RULE.id, errands.RULE.name)
        return await runs.propose(tx, action, talk=talk, order=None, input={"amount": "5"}, by=errands.RULE, cause=cause)
