"""What a target's answer says about the customer: one more statement in the log, as every fact about people is (decision 13).

It is written before its call is settled, under the call's own id: whatever fails in between, the statement counts once. It vouches for no
more than is known of the customer already, so an answer never lifts who somebody is believed to be.
"""

from typing import Any

import msgspec

from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.base.vault import Vault
from tillside.connectors import connector as connectors
from tillside.connectors.connector import Connector
from tillside.conversations import conversation as conversations
from tillside.customers import person
from tillside.customers.person import Handle
from tillside.feeds.log import Entry, Log, Wire
from tillside.storage.database import Database
from tillside.targets.calls import Call

_KINDS = ("uid", "email")
_ENCODE = msgspec.json.Encoder().encode


class Learner:
    """Writes into the log of this process."""

    def __init__(self, store: Database, vault: Vault, log: Log) -> None:
        self._store, self._vault, self._log = store, vault, log

    async def learn(self, call: Call, facts: dict[str, Any]) -> bool:
        """State these facts about the customer of a call's conversation. False: there is nobody they could be about."""
        handle = await self._handle(call)
        if handle is None:
            return False
        connector = await self._connector(call, handle)
        if connector is None:
            return False
        at = stamps.now()
        event = {
            "event": "identify",
            "appClientId": connector.api_key,
            "eventId": f"{call.id}:{call.attempts}",
            "userProperties": {**facts, handle.kind: handle.value},
            "time": {"sentAt": at // 1000},
        }
        wire = Wire(path="/targets", charset="utf-8", currency=connector.currency, region=connector.region)
        entry = Entry(call.workspace_id, connector.id, "events", at, "rest", handle.trust, wire, _ENCODE(event))
        await self._log.append(entry)
        return True

    async def _handle(self, call: Call) -> Handle | None:
        """What the customer is best known by."""
        if not call.conversation_id:
            return None
        talk = await conversations.by_id(self._store, call.workspace_id, call.conversation_id)
        if not talk.profile_id:
            return None
        try:
            one = await person.read(self._store, call.workspace_id, await person.root_of(self._store, call.workspace_id, talk.profile_id))
        except Unknown:
            return None
        known = [handle for handle in one.handles if handle.kind in _KINDS]
        return max(known, key=lambda handle: (handle.trust, handle.kind == "uid"), default=None)

    async def _connector(self, call: Call, handle: Handle) -> Connector | None:
        """The shop an account belongs to; for an address any of them."""
        shops = await connectors.every(self._store, self._vault, call.workspace_id)
        return next((shop for shop in shops if handle.kind == "email" or shop.id == handle.scope), None)
