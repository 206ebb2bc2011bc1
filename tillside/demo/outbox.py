"""Carries what the desk has still to hear. An event leaves the outbox only when the desk has said it is kept.

1. A change of an order and its letter are stored together (`ledger`), then the bell rings.
2. Due letters go in the order they were written, each with the event id it was born with, so a second try never counts twice.
3. 2xx: sent. A refusal that a repeat cannot mend: kept with the desk's answer for the back office. Anything else: later.
4. If the desk cannot be reached the round ends at once; the next one starts when the first letter is due.
"""

import asyncio
from http import HTTPStatus

import httpx

from tillside.demo import wire
from tillside.demo.settings import DemoSettings
from tillside.demo.store import Letter, Store, now_ms

LONGEST_WAIT_MS = 60_000
TIMEOUT = httpx.Timeout(10, connect=3)


class Outbox:
    def __init__(self, store: Store, settings: DemoSettings) -> None:
        self._store = store
        self._settings = settings
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Something new lies in the outbox."""
        self._bell.set()

    async def run(self) -> None:
        """Sends for as long as the shop is open; ends by cancellation."""
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
            while True:
                self._bell.clear()
                await self.send_due(client)
                await self._wait()

    async def send_due(self, client: httpx.AsyncClient) -> None:
        """One round over everything that is due now."""
        while letters := self._store.due_letters(now_ms()):
            for letter in letters:
                if not await self._send(client, letter):
                    return

    async def _wait(self) -> None:
        due_at = self._store.next_due_at()
        seconds = None if due_at is None else max(0.0, (due_at - now_ms()) / 1000)
        try:
            await asyncio.wait_for(self._bell.wait(), seconds)
        except TimeoutError:
            return

    async def _send(self, client: httpx.AsyncClient, letter: Letter) -> bool:
        """False if the desk could not be reached or is busy, and the round should end."""
        body = wire.sealed_event(letter.event, self._settings.secret)
        try:
            answer = await client.post(f"{self._settings.desk_url}/v2/t", json=body)
        except httpx.HTTPError as problem:
            self._later(letter, f"The desk could not be reached: {problem or type(problem).__name__}")
            return False
        if answer.is_success:
            self._store.mark_letter(letter.id, "sent")
        elif answer.is_server_error or answer.status_code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT):
            self._later(letter, f"The desk answered {answer.status_code}", at_least_ms=_retry_after_ms(answer))
            return False
        else:
            self._store.mark_letter(letter.id, "refused", error=f"{answer.status_code}: {answer.text[:500]}")
        return True

    def _later(self, letter: Letter, error: str, *, at_least_ms: int = 0) -> None:
        wait = min(LONGEST_WAIT_MS, max(at_least_ms, 500 << min(letter.attempts, 7)))
        self._store.mark_letter(letter.id, "waiting", due_at=now_ms() + wait, error=error)


def _retry_after_ms(answer: httpx.Response) -> int:
    seconds = answer.headers.get("retry-after", "")
    return int(seconds) * 1000 if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else 0
