"""One lane for each target, in the memory of a sender: how many calls may be out at once, so that one that hangs never holds up another.

All lanes share `AT_ONCE` places. A call that has been out for more than a moment, and every call of a lane that was slow the last time,
stands in places of its own (`SLOW_AT_ONCE`): however many targets hang, the places of the quick ones stay free.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from tillside.base import stamps
from tillside.targets import health
from tillside.targets.health import Breaker, Health
from tillside.targets.outcomes import Outcome
from tillside.targets.secrets import Unsealed
from tillside.targets.target import Target

AT_ONCE = 256
SLOW_AT_ONCE = 256
SLOW_MS = 1_000
_GROW = 10 * stamps.SECOND
_LONGEST_PAUSE = 5 * stamps.MINUTE


class Lane:
    """One target: what it is, how it is doing, what is out. `now` is the clock of schedules; how long a call is out is measured by `tick`."""

    def __init__(self, target: Target, unsealed: Unsealed, seen: Health, *, read_at: int) -> None:
        self.target, self.unsealed, self.health, self.read_at = target, unsealed, seen, read_at
        self.out: dict[str, float] = {}
        self.was_slow = False
        self.cap = target.concurrency
        self._breaker = Breaker()
        self._grow_at = 0
        self._paused_until = 0

    def renew(self, target: Target, unsealed: Unsealed, *, read_at: int) -> None:
        """The target was changed, or its secrets were read again."""
        self.cap = min(self.cap, target.concurrency) if self._grow_at else target.concurrency
        if target.version != self.target.version:
            self.health = replace(self.health, refused=0)
        self.target, self.unsealed, self.read_at = target, unsealed, read_at

    def free(self, at: int) -> int:
        """How many more calls this target may get now."""
        if at < self._paused_until:
            return 0
        if self.health.is_open:
            return int(not self.out and at >= (self.health.probe_at or 0))
        return max(self.cap - len(self.out), 0)

    def heard(self, outcome: Outcome, *, took_ms: int, at: int) -> bool:
        """How a call went; whether that changed the target's health."""
        self.was_slow = took_ms >= SLOW_MS
        before = self.health
        if outcome.went_well is not None:
            self.health = self._breaker.heard(self.health, went_well=outcome.went_well, at=at)
        self.health = health.answered(self.health, refuses=outcome.refuses)
        if before.is_open and not self.health.is_open:
            self._slow_down(1, at)
        elif outcome.slows:
            self._slow_down(max(self.cap // 2, 1), at)
            if outcome.asked and outcome.status == 429:
                self._paused_until = at + min(outcome.asked, _LONGEST_PAUSE)
        elif outcome.went_well and self._grow_at and at >= self._grow_at:
            self.cap = min(self.cap + 1, self.target.concurrency)
            self._grow_at = at + _GROW if self.cap < self.target.concurrency else 0
        return self.health != before

    def _slow_down(self, cap: int, at: int) -> None:
        self.cap, self._grow_at = min(cap, self.target.concurrency), at + _GROW


class Places:
    """The places all lanes share. `tick` tells seconds that only go forward."""

    def __init__(self, tick: Callable[[], float], *, at_once: int = AT_ONCE, slow_at_once: int = SLOW_AT_ONCE) -> None:
        self._tick, self._at_once, self._slow_at_once = tick, at_once, slow_at_once

    def free(self, lanes: Iterable[Lane]) -> tuple[int, int]:
        """How many places are left for quick and for slow lanes."""
        long_ago = self._tick() - SLOW_MS / 1000
        quick = slow = 0
        for lane in lanes:
            old = len(lane.out) if lane.was_slow else sum(began <= long_ago for began in lane.out.values())
            slow += old
            quick += len(lane.out) - old
        return max(self._at_once - quick, 0), max(self._slow_at_once - slow, 0)

    def is_slow(self, lane: Lane) -> bool:
        """Whether its calls take the places of the slow: it was slow the last time, or has one out for long."""
        long_ago = self._tick() - SLOW_MS / 1000
        return lane.was_slow or any(began <= long_ago for began in lane.out.values())
