"""Keeping what was refused, so that an integrator sees it: the body, the reason, the time. Bounded, so that a flood keeps little."""

from tillside.base.bucket import Buckets
from tillside.base.errors import Busy
from tillside.edges.http.desk import Desk
from tillside.events.notes import Note
from tillside.feeds.log import Entry, Wire

KEPT_PER_SECOND = 20
_KEPT_BYTES = 256 * 1024
_DOORSTEP = "doorstep"


class Refusals:
    """Appends refusals to the log, a few each second and connector; the rest is only counted."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._room = Buckets(KEPT_PER_SECOND, burst=200)

    def has_room(self, key: str) -> bool:
        """Whether one more refusal of this key may be kept now."""
        return self._room.wait(key) == 0.0

    async def keep(self, place: tuple[int, str], body: bytes, wire: Wire, note: Note, *, received_at: int, count: int = 1) -> None:
        """Keep a request refused as a whole. `place`: workspace and connector; `count`: how many events it held."""
        workspace_id, connector_id = place
        if not self.has_room(f"{workspace_id}/{connector_id}"):
            return
        entry = Entry(
            workspace_id=workspace_id,
            connector_id=connector_id,
            kind="refused",
            received_at=received_at,
            sender="browser" if wire.origin else "server",
            trust=0,
            wire=wire,
            body=body[:_KEPT_BYTES],
            notes={index: [note] for index in range(max(count, 1))},
        )
        try:
            await self._desk.log.append(entry)
        except Busy:
            self._desk.meter.add("tillside_requests_refused_total", reason="not_kept")

    async def keep_homeless(self, body: bytes, wire: Wire, note: Note, *, received_at: int) -> None:
        """Keep a request that names no connector of ours: where there is one workspace, its team is who is connecting a shop.

        With several workspaces it belongs to nobody who may see it, so it is only counted.
        """
        place = await self._desk.directory.only_place() if self.has_room(_DOORSTEP) else None
        if place is not None:
            await self.keep(place, body, wire, note, received_at=received_at)
