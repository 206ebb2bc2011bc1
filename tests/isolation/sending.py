"""What a workspace sends to other programs: a target with its secret, and a call that waits until long after the tests."""

import itertools

from tillside.agents import actor
from tillside.agents.agent import Agent
from tillside.edges.http.desk import Desk
from tillside.targets import alerts, calls, target
from tillside.targets.calls import Cause
from tillside.targets.shape import Header
from tillside.targets.target import Draft

URL = "https://cart.invalid/orders"
FAR = 4_000_000_000_000_000
_numbers = itertools.count(1)


async def sent(desk: Desk, workspace_id: int, word: str, by: Agent, conversation_id: str) -> dict[str, str]:
    """Ids by name."""
    body = f'{{"said": "{word}"}}'
    headers = [Header("x-key", f"secret-{word}", is_secret=True)]
    draft = Draft(name=f"Target {next(_numbers)} {word}", url=URL, body=body, headers=headers, events=["nothing.ever"])
    async with desk.store.write() as tx:
        made = (await target.add(tx, desk.vault, workspace_id, draft)).target
        by_hand = Cause("hand")
        call = await calls.place(tx, made, {}, cause=by_hand, by=actor.of_agent(by), conversation_id=conversation_id)
        await alerts.raise_all(tx, [(workspace_id, made.id, "held_back")], at=1)
        await tx.run("update call set due_at = :far where workspace_id = :w and id = :id", far=FAR, w=workspace_id, id=call.id)
    return {"target": made.id, "call": call.id}
