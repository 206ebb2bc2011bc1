"""How long the delivery log remembers: attempts for a month, calls for three. A call that still waits is never forgotten."""

from tillside.base import stamps
from tillside.storage.database import Database
from tillside.targets import alerts, figures

KEEP_ATTEMPTS = 30 * stamps.DAY
KEEP_CALLS = 90 * stamps.DAY
_OLD_ATTEMPTS = "select workspace_id, call_id, number from attempt where at < :before order by at limit :count"
_DROP_ATTEMPT = "delete from attempt where workspace_id = :w and call_id = :call and number = :number"
_OLD_CALLS = "select workspace_id, id from call where settled_at < :before order by settled_at limit :count"
_DROP_CALL = "delete from call where workspace_id = :w and id = :id"


async def tidy(store: Database, *, at: int, count: int = 100) -> int:
    """Forget a portion of what is old; how many rows that were. For the loop, over all workspaces."""
    old = await store.read(_OLD_ATTEMPTS, before=at - KEEP_ATTEMPTS, count=count)
    over = await store.read(_OLD_CALLS, before=at - KEEP_CALLS, count=count)
    async with store.write(urgent=False) as tx:
        await tx.many(_DROP_ATTEMPT, old)
        await tx.many(_DROP_CALL, over)
        if not old and not over:
            await figures.tidy(tx, at=at)
            await alerts.tidy(tx, at=at)
    return max(len(old), len(over))
