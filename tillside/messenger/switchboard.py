"""Which open browsers something concerns, worked out once for all of them: a message wakes those who may read it and nobody else.

It decides only who looks. What a browser may see it asks the shelf itself, each time.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tillside.base.errors import Busy
from tillside.feeds.activity import Activity
from tillside.feeds.tail import Ear, Tails
from tillside.feeds.whispers import Hear, Whisper, Whispers
from tillside.messenger import shelf, visitor
from tillside.messenger.visitor import Visitor
from tillside.storage.database import Database

SHOPPERS = "all"
"""The audience of what a shopper may hear of; "agents" never leaves the desk."""
_MOST_WAITING = 200
_IDLE_SECONDS = 60.0
_AGAIN_SECONDS = 0.5


class Line:
    """One open stream. `waiting`: what concerns it, oldest first; `is_behind`: more than was kept, so it reads the table from its id on."""

    def __init__(self, board: "_Board", who: Visitor) -> None:
        self._board = board
        self.visitor_id, self.profile_id = who.id, who.profile_id
        self.waiting: deque[Activity | Whisper] = deque()
        self.is_behind = False
        self._event = asyncio.Event()

    @property
    def position(self) -> int:
        """Everything up to here was looked at for this line."""
        return self._board.position

    @property
    def is_over(self) -> bool:
        return self._board.is_over

    def know(self, who: Visitor) -> bool:
        """Whose person sits here may change while the stream is open; whether it did."""
        if who.profile_id == self.profile_id:
            return False
        self._board.leave(self)
        self.profile_id = who.profile_id
        self._board.join(self)
        return True

    async def heard(self, seconds: float) -> bool:
        """Wait until something concerns this line, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        rang = self._event.is_set()
        self._event.clear()
        return rang

    def take(self) -> list[Activity | Whisper]:
        found = list(self.waiting)
        self.waiting.clear()
        return found

    def put(self, one: Activity | Whisper) -> None:
        if len(self.waiting) >= _MOST_WAITING:
            self.waiting.clear()
            self.is_behind = True
        if not self.is_behind:
            self.waiting.append(one)
        self.wake()

    def wake(self) -> None:
        self._event.set()


class Switchboard:
    """One per store; a workspace has a board while any browser listens."""

    def __init__(self, database: Database, tails: Tails, whispers: Whispers) -> None:
        self._database, self._tails, self._whispers = database, tails, whispers
        self._boards: dict[int, _Board] = {}

    @asynccontextmanager
    async def listening(self, who: Visitor, position: int) -> AsyncIterator[Line]:
        """A line that hears everything after its `position` when this begins; what lies between `position` and that, its owner reads."""
        board = self._boards.get(who.workspace_id)
        if board is None or board.is_over:
            board = self._boards[who.workspace_id] = _Board(self._database, self._tails, self._whispers, who.workspace_id, position)
        line = Line(board, who)
        board.join(line)
        try:
            yield line
        finally:
            board.leave(line)
            if board.is_empty:
                board.end()
                if self._boards.get(who.workspace_id) is board:
                    del self._boards[who.workspace_id]


class _Board:
    def __init__(self, database: Database, tails: Tails, whispers: Whispers, workspace_id: int, position: int) -> None:
        self._database, self._tails, self._whispers, self._workspace_id = database, tails, whispers, workspace_id
        self.position = position
        self._of_visitor: dict[str, set[Line]] = {}
        self._of_profile: dict[str, set[Line]] = {}
        self._whispered: deque[Whisper] = deque(maxlen=_MOST_WAITING)
        self._task = asyncio.create_task(self._follow())

    @property
    def is_over(self) -> bool:
        return self._task.done()

    @property
    def is_empty(self) -> bool:
        return not self._of_visitor

    def end(self) -> None:
        self._task.cancel()

    def join(self, line: Line) -> None:
        self._of_visitor.setdefault(line.visitor_id, set()).add(line)
        if line.profile_id:
            self._of_profile.setdefault(line.profile_id, set()).add(line)

    def leave(self, line: Line) -> None:
        _without(self._of_visitor, line.visitor_id, line)
        _without(self._of_profile, line.profile_id or "", line)

    async def _follow(self) -> None:
        """1. Take what is new. 2. Ask once whom it concerns. 3. Hand it over and move the position, with nothing in between."""
        try:
            with self._tails.listen(self._workspace_id) as ear, self._whispers.hearing(self._workspace_id, self._overhear(ear)):
                while True:
                    try:
                        if not await self._step(ear) and not await ear.heard(_IDLE_SECONDS):
                            continue
                    except Busy:
                        await asyncio.sleep(_AGAIN_SECONDS)
                    if ear.is_over:
                        return
        finally:
            for lines in self._of_visitor.values():
                for line in lines:
                    line.wake()

    def _overhear(self, ear: Ear) -> Hear:
        def hear(whisper: Whisper) -> None:
            if whisper.side == "shop":
                self._whispered.append(whisper)
                ear.wake()

        return hear

    async def _step(self, ear: Ear) -> bool:
        found = await ear.after(self.position)
        whispered = list(self._whispered)
        self._whispered.clear()
        meant = [one for one in found if one.audience == SHOPPERS]
        ids = {one.subject for one in meant if shelf.is_told(one)} | {one.conversation_id for one in whispered}
        concerned = await shelf.concerned(self._database, self._workspace_id, sorted(ids), profiles=bool(self._of_profile)) if ids else {}
        for one in meant:
            if one.kind == visitor.CHANGED:
                self._hand(one, shelf.Concerned({one.subject}, set()))
            elif one.subject in concerned:
                self._hand(one, concerned[one.subject])
        for whisper in whispered:
            if whisper.conversation_id in concerned:
                self._hand(whisper, concerned[whisper.conversation_id])
        if found:
            self.position = found[-1].position
        return bool(found)

    def _hand(self, one: Activity | Whisper, to: shelf.Concerned) -> None:
        lines: set[Line] = set()
        for visitor_id in to.visitors & self._of_visitor.keys():
            lines |= self._of_visitor[visitor_id]
        for profile_id in to.profiles & self._of_profile.keys():
            lines |= self._of_profile[profile_id]
        for line in lines:
            line.put(one)


def _without(lines: dict[str, set[Line]], key: str, line: Line) -> None:
    if key in lines:
        lines[key].discard(line)
        if not lines[key]:
            del lines[key]
