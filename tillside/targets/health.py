"""How a target is doing: since when it only fails, and the breaker that keeps calls back from one that mostly fails. Pure but for
what reads and writes its row."""

from collections import deque

from msgspec import Struct
from msgspec.structs import replace

from tillside.base import stamps
from tillside.storage.database import Database, Transaction

WINDOW = 5 * stamps.MINUTE
FEWEST = 10
SHARE = 0.7
"""Of at least `FEWEST` tries within `WINDOW`: from this share of failures on, no call goes out but one now and then to see."""
FIRST_REST, LONGEST_REST = 30 * stamps.SECOND, 5 * stamps.MINUTE
DISABLE_AFTER = 5 * stamps.DAY
"""A target that only failed for so long is disabled."""
REFUSED = 5
"""After so many answers in a row that refuse our credentials (401, 403), these are what is wrong, and not one call."""
_COLUMNS = "failing_since, opened_at, probe_at, probes, refused"
_KEEP = f"""
insert into target_health (workspace_id, target_id, {_COLUMNS})
select workspace_id, id, :since, :opened, :probe, :probes, :refused from target where workspace_id = :w and id = :id
on conflict (workspace_id, target_id) do update set failing_since = excluded.failing_since, opened_at = excluded.opened_at,
  probe_at = excluded.probe_at, probes = excluded.probes, refused = excluded.refused
"""


class Health(Struct, frozen=True):
    """`failing_since`: since when nothing went well, None when the last try did; `opened_at`: since when the breaker keeps calls back, then
    `probe_at` is when one may try, and `probes` how many did so in vain; `refused`: answers in a row that refused our credentials, counted
    to `REFUSED`."""

    failing_since: int | None = None
    opened_at: int | None = None
    probe_at: int | None = None
    probes: int = 0
    refused: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether it is the credentials that are wrong."""
        return self.refused >= REFUSED

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
                health.refused,
            )
        self._tries.append((at, went_well))
        while self._tries and self._tries[0][0] <= at - WINDOW:
            self._tries.popleft()
        since = None if went_well else at if health.failing_since is None else health.failing_since
        failed = sum(not well for _, well in self._tries)
        if not went_well and len(self._tries) >= FEWEST and failed >= SHARE * len(self._tries):
            return Health(since, at, at + FIRST_REST, 0, health.refused)
        return Health(since, refused=health.refused)


def answered(health: Health, *, refuses: bool | None) -> Health:
    """The health after a try that says whether our credentials are refused; None: it says nothing of them."""
    if refuses is None:
        return health
    return replace(health, refused=min(health.refused + 1, REFUSED) if refuses else 0)


async def every(store: Database, workspace_id: int) -> dict[str, Health]:
    """How each target of a workspace is doing, those that were ever in trouble; by its id."""
    rows = await store.read(
        f"select target_id, {_COLUMNS} from target_health where workspace_id = :w order by target_id limit 1000", w=workspace_id
    )
    return {target_id: Health(*row) for target_id, *row in rows}


async def changed(tx: Transaction, workspace_id: int, target_id: str) -> None:
    """The target was written anew, perhaps its credentials: whether these are refused is seen again."""
    await tx.run("update target_health set refused = 0 where workspace_id = :w and target_id = :id", w=workspace_id, id=target_id)


async def keep(tx: Transaction, workspace_id: int, target_id: str, health: Health) -> None:
    """Write down how a target is doing; nothing where it is gone."""
    await tx.run(
        _KEEP,
        since=health.failing_since,
        opened=health.opened_at,
        probe=health.probe_at,
        probes=health.probes,
        refused=health.refused,
        w=workspace_id,
        id=target_id,
    )
