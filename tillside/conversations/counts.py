"""How many conversations there are of each kind, always exact: one number per state, assignee, team and channel, moved with every change."""

from typing import Protocol

from msgspec import Struct

from tillside.storage.database import Database, Transaction

_ADD = """
insert into conversation_count (workspace_id, state, assignee_id, team_id, channel, count) values (:w, :state, :assignee, :team, :channel, :by)
on conflict (workspace_id, state, assignee_id, team_id, channel) do update set count = conversation_count.count + excluded.count
"""
_ALL = """
select state, assignee_id, team_id, channel, count from conversation_count where workspace_id = :w and count <> 0
order by state, assignee_id, team_id, channel limit 20000
"""


class Countable(Protocol):
    """What decides where a conversation is counted."""

    @property
    def workspace_id(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def assignee_id(self) -> str: ...
    @property
    def team_id(self) -> str: ...
    @property
    def channel(self) -> str: ...


class Count(Struct, frozen=True):
    """One cell: how many conversations are like this."""

    state: str
    assignee_id: str
    team_id: str
    channel: str
    count: int


def enter(tx: Transaction, conversation: Countable) -> None:
    tx.add(_ADD, _cell(conversation), 1)


def move(tx: Transaction, before: Countable, after: Countable) -> None:
    """From its old cell to its new one."""
    if _cell(before) != _cell(after):
        tx.add(_ADD, _cell(before), -1)
        tx.add(_ADD, _cell(after), 1)


async def every(database: Database | Transaction, workspace_id: int) -> list[Count]:
    """All cells of a workspace: agents × teams × channels at most, usually a few dozen. Every badge is a sum over these."""
    return [Count(*row) for row in await database.read(_ALL, w=workspace_id)]


def total(cells: list[Count], **like: str) -> int:
    """The sum of the cells that have these values: ``total(cells, state="open", assignee_id="")``."""
    return sum(cell.count for cell in cells if all(getattr(cell, name) == value for name, value in like.items()))


def _cell(one: Countable) -> tuple[int, str, str, str, str]:
    return one.workspace_id, one.state, one.assignee_id, one.team_id, one.channel
