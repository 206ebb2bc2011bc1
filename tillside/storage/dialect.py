"""The differences between SQLite and PostgreSQL, each with a name. SQL elsewhere is written once, with these tokens.

{list:name}   a sub-query over the texts of parameter `name`      … where email in {list:emails}
{ints:name}   the same for integers
{text}        a text column that sorts by bytes
{bytes}       a column of bytes
{position}    a key given by the database in order of commit
{rows}        table ending for narrow tables read by their key
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
_LIST = re.compile(r"\{(list|ints):(\w+)\}")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


class Statement(Struct, frozen=True):
    """SQL in the driver's own style; `names` is the order in which it wants its parameters."""

    sql: str
    names: tuple[str, ...]
    lists: frozenset[str]


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
        return sql

    def _compile(self, sql: str) -> Statement:
        lists = frozenset(match.group(2) for match in _LIST.finditer(sql))
        sql = _LIST.sub(lambda match: _LISTS[self.name][match.group(1)].format(match.group(2)), sql)
        names: list[str] = []

        def number(match: re.Match[str]) -> str:
            if match.group(1) not in names:
                names.append(match.group(1))
            return ("?" if self.name == "sqlite" else "$") + str(names.index(match.group(1)) + 1)

        return Statement(_PARAMETER.sub(number, sql), tuple(names), lists)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
