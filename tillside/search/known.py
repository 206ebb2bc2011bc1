"""Words that nobody ever said, and what was meant by them: read from the words the index has learnt."""

from tillside.base import nearness
from tillside.storage.database import Database
from tillside.storage.full_text import Phrase

_END = "\U0010ffff"
_BEGINS = "select 1 from search_word where workspace_id = :w and word >= :word and word < :end order by word limit 1"
_NEAR = """
with wanted(piece) as {list:pieces}
select distinct search_word.word from wanted cross join search_word
where search_word.workspace_id = :w and search_word.piece = wanted.piece order by search_word.word limit 1000
"""


async def spellings(database: Database, workspace_id: int, phrase: Phrase) -> tuple[Phrase, ...]:
    """The phrase itself; or, when no word of this workspace begins like it, the words it may be a slip of the hand for."""
    typed = phrase.words[0]
    if len(phrase.words) > 1 or not phrase.is_open or not nearness.may_be_mistyped(typed):
        return (phrase,)
    if await database.one(_BEGINS, w=workspace_id, word=typed, end=typed + _END):
        return (phrase,)
    rows = await database.read(_NEAR, w=workspace_id, pieces=sorted(nearness.pieces(typed)))
    return tuple(Phrase((word,)) for word in nearness.nearest(typed, [row[0] for row in rows])) or (phrase,)
