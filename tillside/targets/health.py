"""How a target is doing: since when it only fails, and the breaker that keeps calls back from one that mostly fails. Pure but for `keep`."""

from collections import deque

from msgspec import Struct

from tillside.base import stamps
from tillside.storage.database import Transaction

WINDOW = 5 * stamps.MINUTE
FEWEST = 10
SHARE = 0.7
"""Of at least `FEWEST` tries within `WINDOW`: from this share of failures on, no call goes out but one now and then to see."""
FIRST_REST, LONGEST_REST = 30 * stamps.SECOND, 5 * stamps.MINUTE
DISABLE_AFTER = 5 * stamps.DAY
"""A target that only failed for so long is disabled."""
_KEEP = """
insert into target_health (workspace_id, target_id, failing_since, opened_at, probe_at, probes)
select workspace_id, id, :since, :opened, :probe, :probes from target where workspace_id = :w and id = :id
on conflict (workspace_id, target_id) do update set failing_since = excluded.failing_since, opened_at = excluded.opened_at,
  probe_at = excluded.probe_at, probes = excluded.probes
"""


class Health(Struct, frozen=True):
    """`failing_since`: since when nothing went well, None when the last try did; `opened_at`: since when the breaker keeps calls back, then
    `probe_at` is when one may try, and `probes` how many did so in vain."""

    failing_since: int | None = None
    opened_at: int | None = None
    probe_at: int | None = None
    probes: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the breaker keeps calls back."""
        return self.opened_at is not None

    def is_hopeless(self, at: int) -> bool:
        return self.failing_since is not None and at - self.failing_since >= DISABLE_AFTER


class Breaker:
    """The tries of the last minutes of one target, and what follows from them."""

    def __init__(self) -> None:
        self._tries: deque[tuple[int, bool]] = deque()

    def heard(self, health: Health, *, went_well: bool, at: int) -> Health:
        """The health after one more try."""
        if health.is_open:
            if went_well:
                self._tries.clear()
                return Health()
            probes = health.probes + int(at >= (health.probe_at or 0))
            rest = min(FIRST_REST * 2**probes, LONGEST_REST)
            return Health(
                health.failing_since,
                health.opened_at,
                max(at + rest, health.probe_at or 0) if probes > health.probes else health.probe_at,
                probes,
            )
        self._tries.append((at, went_well))
        while self._tries and self._tries[0][0] <= at - WINDOW:
            self._tries.popleft()
        since = None if went_well else at if health.failing_since is None else health.failing_since
        failed = sum(not well for _, well in self._tries)
        if not went_well and len(self._tries) >= FEWEST and failed >= SHARE * len(self._tries):
            return Health(since, at, at + FIRST_REST, 0)
        return Health(since)


async def keep(tx: Transaction, workspace_id: int, target_id: str, health: Health) -> None:
    """Write down how a target is doing; nothing where it is gone."""
    await tx.run(
        _KEEP,
        since=health.failing_since,
        opened=health.opened_at,
        probe=health.probe_at,
        probes=health.probes,
        w=workspace_id,
        id=target_id,
    )
