"""Carrying letters to the mail server. Nothing leaves twice: whoever cannot tell whether a letter left says so, and leaves it.

A letter is the server's from the moment it answers the final dot. Before the dot our row says `sending`, on disk; so after any crash
either the row says so and the letter may have left, or it does not and it has not. docs/why.md has the reasons.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from msgspec import Struct

from tillside.base import mail, smtp, stamps
from tillside.base.errors import Busy, DeskError
from tillside.base.smtp import PutOff, Server, Unconfirmed, Undeliverable
from tillside.conversations import answering, deliveries
from tillside.conversations import message as messages
from tillside.conversations.deliveries import Delivery, State
from tillside.conversations.message import Message
from tillside.email import letter, schedule
from tillside.storage.database import Database

AT_ONCE = 4
_LOOK_SECONDS = 0.2
_LAST_SECONDS = 4.0
_REST_SECONDS = 0.5
LOST = "The desk stopped while the mail server was taking it, so nobody knows whether it arrived."
STALE = "It waited for days while no mail server was set. Send it again if it is still meant."

Stopping = Callable[[], bool]
logger = logging.getLogger(__name__)
_AS_MESSAGE: dict[State, messages.State] = {"sent": "sent", "failed": "failed", "perhaps": "perhaps"}


class Outcome(Struct, frozen=True):
    """`counts` is False for a try that we cut short ourselves."""

    state: State
    reason: str = ""
    counts: bool = True


class Post:
    """A chore of the due loop. `now` is the clock of leases and schedules; `stopping` says whether the desk is on its way down."""

    def __init__(self, desk: letter.Desk, server: Server, *, now: Callable[[], int] = stamps.now, stopping: Stopping = lambda: False) -> None:
        self._desk, self._server, self._now, self._stopping = desk, server, now, stopping
        self._domain = mail.domain_of(server.sender)
        self._lease = int(3 * server.seconds * stamps.SECOND) + 10 * stamps.SECOND

    async def carry_due(self, store: Database, *, at: int, count: int = 100) -> int:
        """Carry what is due: a few conversations at once, each one's letters in their order; how many rows were found."""
        found = await deliveries.due(store, at=at, count=count)
        lanes = asyncio.Semaphore(AT_ONCE)

        async def lane(listed: Sequence[Delivery]) -> None:
            async with lanes:
                for one in listed:
                    await self._carry(one)

        gone = await asyncio.gather(*[lane(listed) for listed in found.values()], return_exceptions=True)
        for error in gone:
            if error is not None:
                raise error
        return sum(map(len, found.values()))

    async def _carry(self, one: Delivery) -> None:
        """One letter, from the claim to its outcome."""
        at, store = self._now(), self._desk.store
        if self._stopping():
            return None
        if one.state == "sending":
            return await self._lose(one)
        letter_id = f"<{one.message_id}@{self._domain}>"
        held = await deliveries.hold(store, one, at=at, until=at + self._lease, letter_id=letter_id)
        if held is None:
            return None
        async with AsyncExitStack() as line:
            outcome = await self._watch(asyncio.create_task(self._hand_over(held, line)))
            if outcome is not None:
                await self._settle(held, outcome)  # before the good-bye: a crash from here to there would leave it perhaps sent
        return None

    async def _watch(self, trying: asyncio.Task[Outcome | None]) -> Outcome | None:
        """Wait for a try; when the desk stops, give it a moment, then cut it short: it answers what is true by then."""
        left, is_cut = _LAST_SECONDS, False
        while not trying.done():
            await asyncio.wait({trying}, timeout=_LOOK_SECONDS)
            left -= _LOOK_SECONDS if self._stopping() else 0
            if left <= 0 and not is_cut:
                is_cut = trying.cancel()
        return Outcome("waiting", counts=False) if trying.cancelled() else trying.result()

    async def _hand_over(self, held: Delivery, line: AsyncExitStack) -> Outcome | None:
        """1. Build the letter. 2. Hand it over up to the final dot. 3. Write `sending`. 4. The dot. None: it is somebody else's by now."""
        is_out = False
        try:
            message = await messages.by_id(self._desk.store, held.workspace_id, held.message_id)
            if message.removed_at is not None or message.state in ("cancelled", "sent"):
                return Outcome("dropped")
            if held.attempts == 1 and self._now() - held.since >= schedule.GIVE_UP:
                return Outcome("failed", STALE)
            content, recipient, copies = await self._built(held, message)
            talk = await line.enter_async_context(smtp.talk(self._server))
            left_out = await talk.offer(content, recipient, copies)
            if not await deliveries.launch(self._desk.store, held, until=self._now() + self._lease):
                return None
            is_out = True
            await talk.confirm()
            return Outcome("sent", f"Not to {'; '.join(left_out)}" if left_out else "")
        except Undeliverable as error:
            return Outcome("failed", str(error))
        except Unconfirmed as error:
            return Outcome("perhaps", f"{error} It may have arrived.")
        except (PutOff, Busy) as error:
            return Outcome("waiting", str(error))
        except asyncio.CancelledError:
            return Outcome("perhaps", LOST) if is_out else Outcome("waiting", counts=False)
        except Exception:  # one letter nobody foresaw must not hold up the others; its own schedule comes to an end
            logger.exception("a letter could not be carried")
            return Outcome("perhaps" if is_out else "waiting", "The desk itself failed; its log says how.")

    async def _built(self, held: Delivery, message: Message) -> tuple[bytes, str, list[str]]:
        """The letter's bytes, its address and those of copies. What the house itself cannot give, such as a file that is gone, is
        Undeliverable."""
        assert held.letter_id is not None
        try:
            made = await letter.compose(self._desk, message, letter_id=held.letter_id, sender=self._server.sender)
        except Busy as error:
            raise PutOff(str(error)) from error
        except DeskError as error:
            raise Undeliverable(str(error)) from error
        copies = [*(mail.address(one.address) for one in made.copies), *made.blind]
        return mail.built(made), mail.address(made.recipient.address), copies

    async def _settle(self, held: Delivery, outcome: Outcome) -> None:
        """Write down how it went, with the message's own state. While the store is away, go on trying until the lease ends."""
        until = self._now() + self._lease
        while True:
            try:
                return await self._write(held, outcome)
            except Busy:
                if self._now() >= until:
                    raise
                await asyncio.sleep(_REST_SECONDS)

    async def _write(self, held: Delivery, outcome: Outcome) -> None:
        at, due = self._now(), None
        if outcome.state == "waiting":
            due = schedule.next_try(held.message_id, held.attempts, since=held.since, at=at) if outcome.counts else at
            if due is None:
                outcome = Outcome("failed", f"Given up after two days: {outcome.reason}")
        async with self._desk.store.write() as tx:
            message = await messages.hold(tx, held.workspace_id, held.message_id)
            if await deliveries.settle(tx, held, outcome.state, at=at, reason=outcome.reason, due_at=due, counts=outcome.counts):
                await answering.mark(tx, message, _shown(message, outcome.state), reason=outcome.reason)

    async def _lose(self, one: Delivery) -> None:
        async with self._desk.store.write() as tx:
            message = await messages.hold(tx, one.workspace_id, one.message_id)
            if await deliveries.lose(tx, one, at=self._now(), reason=LOST):
                await answering.mark(tx, message, "perhaps", reason=LOST)


def _shown(message: Message, state: State) -> messages.State:
    """The message's state: what the customer has seen stays seen."""
    if message.state == "seen" and state in ("sent", "waiting"):
        return "seen"
    return _AS_MESSAGE.get(state, message.state)
