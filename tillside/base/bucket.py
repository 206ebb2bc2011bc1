"""Token buckets: how fast somebody may go. In memory, per process; old ones are forgotten when they are full again."""

import time

_MOST = 50_000


class Buckets:
    """One bucket per key: `rate` a second, `burst` at once. A rate of 0 means no limit."""

    def __init__(self, rate: float, *, burst: float | None = None) -> None:
        self.rate = float(rate)
        self.burst = float(burst if burst is not None else max(rate * 2, 1))
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, key: str, cost: float = 1.0) -> float:
        """Take from a key's bucket; 0.0 when it was enough, else the seconds to wait (nothing is taken then).

        A cost above the burst passes when the bucket is full, so that one large batch is late, never impossible.
        """
        if not self.rate:
            return 0.0
        at = time.monotonic()
        left, seen = self._left.get(key, (self.burst, at))
        left = min(self.burst, left + (at - seen) * self.rate)
        if left < min(cost, self.burst):
            self._left[key] = (left, at)
            return (min(cost, self.burst) - left) / self.rate
        if len(self._left) > _MOST:
            self._forget(at)
        self._left[key] = (left - cost, at)
        return 0.0

    def left(self, key: str) -> int:
        """How much a key may still take at once."""
        left, seen = self._left.get(key, (self.burst, time.monotonic()))
        return int(min(self.burst, left + (time.monotonic() - seen) * self.rate))

    def _forget(self, at: float) -> None:
        self._left = {key: (left, seen) for key, (left, seen) in self._left.items() if left + (at - seen) * self.rate < self.burst}
