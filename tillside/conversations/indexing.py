"""What can be found by its words: messages and conversations, kept with every change in the transaction that makes it.

1. An entry gets the next position; positions rise with time, so the newest is found first by walking down.
2. Its words are kept under that position, each with a prefix: what it is a word of, the workspace, and the stretch of `STRETCH` positions
   it stands in. A question is asked stretch by stretch: a common word costs no more than one stretch, a workspace never meets another's.
3. Words not known yet are learnt, for those who mistype them.
"""

from msgspec import Struct

from tillside.base import nearness, words
from tillside.storage import full_text
from tillside.storage.database import Transaction
from tillside.storage.full_text import Phrase

STRETCH = 1 << 14
MOST_WORDS = 10_000
_MOST_LETTERS = 200_000
"""PostgreSQL's limit for one text is a megabyte. What a message says beyond these is not found."""

_ENTER = "insert into search_entry (workspace_id, space, number, at) values (:w, :space, :number, :at) returning position"
_PLACE = "select position from search_entry where workspace_id = :w and space = :space and number = :number"
_KEEP = "insert into search_text (rowid, words) values (:position, {words:words})"
_NEW = """
with said(word) as {list:words}
select distinct said.word from said
where not exists (select 1 from search_word where search_word.workspace_id = :w and search_word.word = said.word)
order by said.word limit 10000
"""
_LEARN = "insert into search_word (workspace_id, word, piece) values (:w, :word, :piece) on conflict do nothing"


class Space(Struct, frozen=True):
    """A kind of entry: the prefix of its words, and of the words of whoever said it."""

    words: str
    who: str


MESSAGES, CONVERSATIONS = Space("m", "f"), Space("c", "w")


class Entry(Struct, frozen=True):
    """What is to be found: `number` is a message's seq or a conversation's number, `who` a name and an address."""

    workspace_id: int
    space: Space
    number: int
    at: int
    text: str
    who: str


def of_conversation(workspace_id: int, number: int, at: int, subject: str, external_id: str | None, source: dict[str, dict[str, str]]) -> Entry:
    """A conversation is found by its number, its subject, an integrator's id, and by whoever began it."""
    who = of_person(source)
    return Entry(workspace_id, CONVERSATIONS, number, at, f"{number} {subject} {external_id or ''} {who}", who)


def of_person(source: dict[str, dict[str, str]]) -> str:
    begun = source.get("from", {})
    return f"{begun.get('name', '')} {begun.get('address', begun.get('id', ''))}"


async def add(tx: Transaction, entry: Entry) -> None:
    row = await tx.one(_ENTER, w=entry.workspace_id, space=entry.space.words, number=entry.number, at=entry.at)
    assert row is not None
    await _keep(tx, row[0], entry)


async def change(tx: Transaction, entry: Entry) -> None:
    """Other words at the same place."""
    position = await _position(tx, entry.workspace_id, entry.space, entry.number)
    if position is None:
        await add(tx, entry)
        return
    await tx.run("delete from search_text where rowid = :position", position=position)
    await _keep(tx, position, entry)


async def drop(tx: Transaction, workspace_id: int, space: Space, number: int) -> None:
    position = await _position(tx, workspace_id, space, number)
    if position is not None:
        await tx.run("delete from search_text where rowid = :position", position=position)
        await tx.run("delete from search_entry where position = :position", position=position)


async def _position(tx: Transaction, workspace_id: int, space: Space, number: int) -> int | None:
    row = await tx.one(_PLACE, w=workspace_id, space=space.words, number=number)
    return int(row[0]) if row else None


async def _keep(tx: Transaction, position: int, entry: Entry) -> None:
    said, kept = told(tx, position, entry)
    await tx.run(_KEEP, position=position, words=kept)
    await learn(tx, entry.workspace_id, said)


def told(tx: Transaction, position: int, entry: Entry) -> tuple[set[str], str]:
    """The words of an entry, and the text the store keeps of it."""
    said, letters = [], 0
    for word in words.of(entry.text)[:MOST_WORDS]:
        letters += len(word)
        if letters > _MOST_LETTERS:
            break
        said.append(word)
    who = words.of(entry.who)[:100]
    own = prefix(entry.space.words, entry.workspace_id, position // STRETCH)
    named = prefix(entry.space.who, entry.workspace_id, position // STRETCH)
    return {*said, *who}, full_text.kept(tx.dialect.name, [own + word for word in said] + [named + word for word in who])


async def learn(tx: Transaction, workspace_id: int, said: set[str]) -> None:
    """Keep the words nobody said before, in one order, so that two who learn at once do not wait crosswise."""
    wanted = sorted(word for word in said if nearness.may_be_mistyped(word))
    if wanted:
        new = [row[0] for row in await tx.read(_NEW, w=workspace_id, words=wanted)]
        await tx.many(_LEARN, [(workspace_id, word, piece) for word in new for piece in sorted(nearness.pieces(word))])


def prefix(space: str, workspace_id: int, stretch: int) -> str:
    return f"{space}{workspace_id}_{stretch}_"


def within(space: str, workspace_id: int, stretch: int, phrase: Phrase) -> Phrase:
    """The same phrase as it stands in one stretch of one workspace."""
    begin = prefix(space, workspace_id, stretch)
    return Phrase(tuple(begin + word for word in phrase.words), phrase.is_open)
