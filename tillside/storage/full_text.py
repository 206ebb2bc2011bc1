"""Full text behind one name: SQLite's FTS5 and PostgreSQL's tsvector keep the very words we give them, and answer the same questions.

In SQL it is ``{words:name}`` (a text to be kept) and ``{hits:table:name}`` (the rows a question finds, column ``rowid``); see dialect.py.
Neither store cuts or folds anything by itself: words are letters, digits and underscores, as base/words.py and conversations/indexing.py
make them.
"""

from collections.abc import Sequence

from msgspec import Struct

from tillside.storage.dialect import WORDS_INDEX, Name

_USUAL, _MUCH = 1 << 20, 64 << 20
"""How many bytes of words SQLite gathers in memory: what it has by itself, and while a table is filled."""


class Phrase(Struct, frozen=True):
    """Words that follow each other; of the last the beginning is enough when it `is_open`."""

    words: tuple[str, ...]
    is_open: bool = True


Every = Sequence[Sequence[Phrase]]
"""All of these, each in one of its spellings."""


def kept(store: Name, words: Sequence[str]) -> str:
    """Words in order, as this store takes them in. Of a word said very often PostgreSQL keeps the first 255 places."""
    if store == "sqlite":
        return " ".join(words)
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(str(place))
    return " ".join(f"'{word}':{','.join(found[:255])}" for word, found in places.items())


def question(store: Name, ways: Sequence[Every]) -> str:
    """Rows that have every phrase of one of these ways."""
    either, both = (" OR ", " AND ") if store == "sqlite" else (" | ", " & ")
    spelt = _sqlite if store == "sqlite" else _postgres
    return either.join(
        "(" + both.join("(" + either.join(spelt(phrase) for phrase in spellings) + ")" for spellings in every) + ")" for every in ways
    )


def emptied(store: Name, table: str) -> list[str]:
    """The statements that empty such a table at once and make it ready to take in very much: SQLite gathers more words before it writes
    them, so that it has less to merge; PostgreSQL keeps no index meanwhile."""
    if store == "sqlite":
        return [f"insert into {table} ({table}) values ('delete-all')", _gathering(table, _MUCH)]
    return [f"drop index if exists {table}_words", f"truncate {table}"]


def finished(store: Name, table: str) -> list[str]:
    """The statements after it took in very much: built at once, PostgreSQL's index takes a fraction of the time."""
    if store == "sqlite":
        return [_gathering(table, _USUAL)]
    return ["set local maintenance_work_mem = '256MB'", f"create index if not exists {WORDS_INDEX.format(table)}"]


def _gathering(table: str, size: int) -> str:
    return f"insert into {table} ({table}, rank) values ('hashsize', {size})"


def is_ready(store: Name, table: str) -> str:
    """The query that has a row when such a table can be asked quickly."""
    if store == "sqlite":
        return "select 1"
    return f"select 1 from pg_indexes where schemaname = current_schema() and indexname = '{table}_words'"


def _sqlite(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"' + (" *" if phrase.is_open else "")


def _postgres(phrase: Phrase) -> str:
    *first, last = [f"'{word}'" for word in phrase.words]
    return "(" + " <-> ".join([*first, last + (":*" if phrase.is_open else "")]) + ")"
