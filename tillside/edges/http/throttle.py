"""How often somebody may try a password or a setup code: counted in memory, per account and per network address."""

import time
from collections.abc import Callable

from tillside.base.errors import TooMany

PAUSE_SECONDS = 60
TRIES_PER_PAIR = 5
TRIES_PER_ADDRESS = 30
TRIES_PER_ACCOUNT = 100
_MOST_KEYS = 20_000


class Throttle:
    """Wrong tries within the last minute. One account from one address: 5; one address: 30; one account from everywhere: 100.

    The last number is high on purpose: a stranger who guesses from many addresses is slowed, the owner is hardly ever locked out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: dict[tuple[str, str], list[float]] = {}

    def check(self, account: str, address: str) -> None:
        """Raises TooMany while a pause lasts."""
        now = self._clock()
        for key, most in self._limits(account, address):
            recent = [at for at in self._tries.get(key, ()) if now - at < PAUSE_SECONDS]
            if len(recent) >= most:
                rest = int(PAUSE_SECONDS - (now - recent[-most])) + 1
                raise TooMany("Too many wrong tries. This form pauses for a minute.", retry_after_seconds=rest)

    def failed(self, account: str, address: str) -> None:
        """Count one wrong try."""
        now = self._clock()
        if len(self._tries) > _MOST_KEYS:
            self._tries = {key: tries for key, tries in self._tries.items() if now - tries[-1] < PAUSE_SECONDS}
        for key, most in self._limits(account, address):
            self._tries[key] = [*self._tries.get(key, [])[-most:], now]

    def passed(self, account: str, address: str) -> None:
        """The right word clears the pair, not the address."""
        self._tries.pop(("pair", f"{account}\n{address}"), None)

    def _limits(self, account: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
        return (
            (("pair", f"{account}\n{address}"), TRIES_PER_PAIR),
            (("address", address), TRIES_PER_ADDRESS),
            (("account", account), TRIES_PER_ACCOUNT),
        )
