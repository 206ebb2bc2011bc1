"""Every try of a call, as the log shows it: what was sent, what came back, with secrets as dots."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tillside.base.outbound import Answer
from tillside.storage.database import Database, Row, Transaction

DOTS = "••••"
MOST_TEXT = 64 * 1024
_MOST_HEADERS = 100
_SHORTEST_SECRET = 4
_COLUMNS = "workspace_id, call_id, number, at, took_ms, status, error, hint, headers, answer_headers, answer_body, is_cut"
_INSERT = f"""
insert into attempt ({_COLUMNS})
values (:workspace_id, :call_id, :number, :at, :took_ms, :status, :error, :hint, :headers, :answer_headers, :answer_body, :is_cut)
on conflict (workspace_id, call_id, number) do nothing
"""
_OF_CALL = f"select {_COLUMNS} from attempt where workspace_id = :w and call_id = :call order by number limit 200"
_LAST = f"select {_COLUMNS} from attempt where workspace_id = :w and call_id = :call order by number desc limit 1"
_TOOK = """
select call_id, took_ms from attempt where workspace_id = :w and call_id in {list:ids}
  and number = (select max(newer.number) from attempt as newer where newer.workspace_id = attempt.workspace_id
    and newer.call_id = attempt.call_id)
order by call_id limit 500
"""
_TEXTS = ("text/", "json", "xml", "x-www-form-urlencoded", "javascript", "yaml")

Headers = list[tuple[str, str]]


class Attempt(Struct, frozen=True):
    """One try. `status` 0: there was no answer, `error` says why; `hint`: what to do; `headers`: what was sent on top of the call's request;
    `is_cut`: the answer was longer than what is kept."""

    workspace_id: int
    call_id: str
    number: int
    at: int
    took_ms: int
    status: int = 0
    error: str = ""
    hint: str = ""
    headers: Headers = []
    answer_headers: Headers = []
    answer_body: str = ""
    is_cut: bool = False

    @property
    def went_well(self) -> bool:
        return 200 <= self.status < 300


async def write(tx: Transaction, made: Iterable[Attempt]) -> None:
    await tx.many(_INSERT, [_row(one) for one in made])


async def of_call(store: Database | Transaction, workspace_id: int, call_id: str) -> list[Attempt]:
    """The first one first."""
    return [_from_row(row) for row in await store.read(_OF_CALL, w=workspace_id, call=call_id)]


async def last(store: Database | Transaction, workspace_id: int, call_id: str) -> Attempt | None:
    """The newest one: what the call was answered."""
    row = await store.one(_LAST, w=workspace_id, call=call_id)
    return _from_row(row) if row else None


async def took(store: Database, workspace_id: int, call_ids: Sequence[str]) -> dict[str, int]:
    """How long the last try of each call took, in ms."""
    return {row[0]: int(row[1]) for row in await store.read(_TOOK, w=workspace_id, ids=list(call_ids))}


def seen(answer: Answer, secrets: Sequence[str]) -> tuple[Headers, str]:
    """An answer's headers and body as the log keeps them: text only, and no secret a receiver sent back to us."""
    headers = [(name[:200], masked(value[:2000], secrets)) for name, value in answer.headers[:_MOST_HEADERS]]
    return headers, masked(text_of(answer), secrets)


def masked(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, DOTS)
    return text.replace("\0", "")


def text_of(answer: Answer) -> str:
    """The body as text; what is none is told by its size."""
    kind = next((value.lower() for name, value in answer.headers if name.lower() == "content-type"), "")
    body = answer.body[:MOST_TEXT]
    if not body:
        return ""
    if kind and not any(word in kind for word in _TEXTS):
        return f"({len(answer.body):,} bytes of {kind.partition(';')[0][:80]})"
    charset = kind.partition("charset=")[2].strip(' "').partition(";")[0] or "utf-8"
    try:
        return body.decode(charset, errors="replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", errors="replace")


def _row(one: Attempt) -> Row:
    headers, back = (msgspec.json.encode(listed).decode() for listed in (one.headers, one.answer_headers))
    return (
        one.workspace_id,
        one.call_id,
        one.number,
        one.at,
        one.took_ms,
        one.status,
        one.error,
        one.hint,
        headers,
        back,
        one.answer_body,
        int(one.is_cut),
    )


def _from_row(row: Row) -> Attempt:
    *plain, headers, back, body, is_cut = row
    values: tuple[Any, ...] = (*plain, *(msgspec.json.decode(text, type=Headers) for text in (headers, back)), body, bool(is_cut))
    return Attempt(*values)
