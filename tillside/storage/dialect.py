"""The differences between SQLite and PostgreSQL, each with a name. SQL elsewhere is written once, with these tokens.

{list:name}   a sub-query over the texts of parameter `name`      … where email in {list:emails}
{ints:name}   the same for integers
{text}        a text column that sorts by bytes
{bytes}       a column of bytes
{position}    a key given by the database in order of commit
{rows}        table ending for narrow tables read by their key
{lock}        after a select in a transaction: nobody else changes these rows until it ends

{full_text:name}   in a migration: a table of full text with the columns rowid and words (see full_text.py)
{full_text_hits:name}   in a migration: how such a table is asked
{words:name}       parameter `name`, a text made by full_text.kept
{hits:table:name}  the rows of a table of full text that parameter `name`, made by full_text.question, finds
"""

import re
from typing import Literal

import msgspec
from msgspec import Struct

Name = Literal["sqlite", "postgres"]

_TOKENS: dict[Name, dict[str, str]] = {
    "sqlite": {
        "{text}": "text",
        "{bytes}": "blob",
        "{position}": "integer primary key autoincrement",
        "{rows}": "without rowid",
    },
    "postgres": {
        "{text}": 'text collate "C"',
        "{bytes}": "bytea",
        "{position}": "bigint generated always as identity primary key",
        "{rows}": "",
    },
}
_LISTS: dict[Name, dict[str, str]] = {
    "sqlite": {"list": "(select value from json_each(:{}))", "ints": "(select value from json_each(:{}))"},
    "postgres": {"list": "(select unnest(:{}::text[]))", "ints": "(select unnest(:{}::bigint[]))"},
}
_LOCKS: dict[Name, str] = {"sqlite": "", "postgres": "for update"}
WORDS_INDEX = "{0}_words on {0} using gin (words) with (fastupdate = off)"
"""PostgreSQL's index of a table of full text, as `create index` names it."""
_TABLES: dict[Name, str] = {
    "sqlite": "create virtual table {0} using fts5 (words, content='', contentless_delete=1, tokenize=\"ascii tokenchars '_'\");",
    "postgres": f"create table {{0}} (rowid bigint primary key, words tsvector not null);\ncreate index {WORDS_INDEX};",
}
_ASKED: dict[Name, str] = {
    "sqlite": "",
    # What a question finds is no news to the planner: of a word that is rare it thinks that it is common as soon as many stretches are asked,
    # and reads the whole table (10 s in six million entries). The function has one plan, by the index.
    "postgres": "create or replace function {0}_hits(question text) returns setof bigint\n"
    "  language sql stable rows 500 set enable_seqscan = off\n"
    "  as 'select rowid from {0} where words @@ question::tsquery';",
}
_WORDS: dict[Name, str] = {"sqlite": ":{0}", "postgres": ":{0}::text::tsvector"}
_HITS: dict[Name, str] = {
    "sqlite": "(select rowid from {0} where {0} match :{1})",
    "postgres": "(select rowid from {0}_hits(:{1}::text) asked(rowid))",
}
_TABLE = re.compile(r"\{full_text:(\w+)\}")
_ASKING = re.compile(r"\{full_text_hits:(\w+)\}")
_WORD = re.compile(r"\{words:(\w+)\}")
_HIT = re.compile(r"\{hits:(\w+):(\w+)\}")
_LIST = re.compile(r"\{(list|ints):(\w+)\}")
_WRITE = re.compile(r"\b(insert into|update \w+ set|delete from)\b")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


class Statement(Struct, frozen=True):
    """SQL in the driver's own style; `names` is the order in which it wants its parameters. `is_write`: it changes what it finds, and may
    give rows nevertheless."""

    sql: str
    names: tuple[str, ...]
    lists: frozenset[str]
    is_write: bool = False


class Dialect:
    """Compiles our SQL for one database and remembers the result."""

    def __init__(self, name: Name) -> None:
        self.name: Name = name
        self._known: dict[str, Statement] = {}

    def statement(self, sql: str) -> Statement:
        known = self._known.get(sql)
        if known is None:
            known = self._known[sql] = self._compile(sql)
        return known

    def values(self, statement: Statement, given: dict[str, object]) -> tuple[object, ...]:
        """The parameters in the statement's order; lists become JSON where the database wants that."""
        if statement.lists and self.name == "sqlite":
            given = {name: _json(value) if name in statement.lists else value for name, value in given.items()}
        return tuple([given[name] for name in statement.names])

    def script(self, sql: str) -> str:
        """A migration's text with every token put in place."""
        for token, text in _TOKENS[self.name].items():
            sql = sql.replace(token, text)
        sql = _ASKING.sub(lambda match: _ASKED[self.name].format(match[1]), sql)
        return _TABLE.sub(lambda match: _TABLES[self.name].format(match[1]), sql)

    def _compile(self, sql: str) -> Statement:
        lists = frozenset(match.group(2) for match in _LIST.finditer(sql))
        sql = _LIST.sub(lambda match: _LISTS[self.name][match.group(1)].format(match.group(2)), sql)
        sql = sql.replace("{lock}", _LOCKS[self.name])
        sql = _WORD.sub(lambda match: _WORDS[self.name].format(match[1]), sql)
        sql = _HIT.sub(lambda match: _HITS[self.name].format(match[1], match[2]), sql)
        names: list[str] = []

        def number(match: re.Match[str]) -> str:
            if match.group(1) not in names:
                names.append(match.group(1))
            return ("?" if self.name == "sqlite" else "$") + str(names.index(match.group(1)) + 1)

        return Statement(_PARAMETER.sub(number, sql), tuple(names), lists, bool(_WRITE.search(sql)))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
