"""The sending of one-time codes: a chore of the due loop claims what waits, hands it to the transport, and writes down how that went."""

import logging
from collections.abc import Awaitable, Callable

from tillside.agents import workspace
from tillside.base import mail, smtp, stamps
from tillside.base.mail import Party
from tillside.base.smtp import Server, Unconfirmed, Undeliverable
from tillside.base.vault import Vault
from tillside.messenger import codes
from tillside.messenger.codes import Letter
from tillside.storage.database import Database

Transport = Callable[[Letter], Awaitable[None]]
"""Sends a letter or raises: Undeliverable is final, an error of the network is tried again."""

logger = logging.getLogger(__name__)


async def send_due(store: Database, *, at: int, vault: Vault, transport: Transport, count: int = 100) -> int:
    """Send what waits; how many. A kill between sending and writing it down sends the same code once more, never another."""
    found = await codes.claim(store, vault, at=at, count=count)
    for letter in found:
        await _send(store, letter, transport)
    return len(found)


async def to_operator(letter: Letter) -> None:
    """Where no mail server is set, the operator reads the code in the log and can tell it."""
    logger.warning("No mail server is set: the one-time code for %s is %s", letter.email, letter.code)


async def by_mail(letter: Letter, *, store: Database, server: Server) -> None:
    """The code as a letter; it is written to no log. Where nobody can tell whether it arrived, the same code goes out once more."""
    shop = (await workspace.by_id(store, letter.workspace_id)).name
    minutes = max(1, (letter.expires_at - stamps.now()) // stamps.MINUTE)
    words = [
        f"{letter.code} is your code for {shop}.",
        f"Type it where you were asked for it. It works once, within {minutes} {'minute' if minutes == 1 else 'minutes'}.",
        "If you did not ask for a code, do nothing: without it nobody sees anything of yours.",
    ]
    content = mail.built(
        mail.Letter(
            id=f"<{letter.id}@{mail.domain_of(server.sender)}>",
            at=stamps.now(),
            sender=Party(server.sender, shop),
            recipient=Party(letter.email),
            subject=f"Your code for {shop}",
            text="\n\n".join(words) + "\n",
            automatic="auto-generated",
        )
    )
    async with smtp.talk(server) as talk:
        await talk.offer(content, mail.address(letter.email))
        await talk.confirm()


async def _send(store: Database, letter: Letter, transport: Transport) -> None:
    try:
        await transport(letter)
    except Undeliverable as error:
        await codes.failed(store, letter, str(error), is_final=True)
    except (OSError, Unconfirmed) as error:
        await codes.failed(store, letter, str(error), is_final=False)
    else:
        await codes.sent(store, letter)
