"""What needs no desk: the schedule, Retry-After, JSON pointers, what an answer means."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.targets.samples import call
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.base.outbound import Answer, Failure
from tillside.targets import attempts, outcomes, pointer, schedule

MOMENTS = st.integers(10**15, 2 * 10**15)
IDS = st.text("0123456789abcdef", min_size=1, max_size=26)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab~/01", max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(IDS, st.integers(1, 9), MOMENTS)
def test_every_rest_is_the_planned_one_give_or_take_a_tenth_and_always_the_same(call_id: str, tries: int, at: int) -> None:
    due = schedule.next_try(call_id, tries, at=at)
    assert due is not None and due == schedule.next_try(call_id, tries, at=at)
    planned = schedule.RESTS[tries] * stamps.SECOND
    assert abs(due - at - planned) <= planned * schedule.SPREAD + 1


@given(IDS, st.integers(10, 50), MOMENTS, st.none() | st.integers(0, 10**12))
def test_after_ten_tries_there_is_no_other(call_id: str, tries: int, at: int, asked: int | None) -> None:
    assert schedule.next_try(call_id, tries, at=at, asked=asked) is None


@given(st.integers(0, 10**30), MOMENTS)
def test_seconds_to_wait_are_kept_up_to_a_day(seconds: int, at: int) -> None:
    assert schedule.retry_after(f" {seconds} ", at=at) == min(seconds, 86_400) * stamps.SECOND


@given(MOMENTS, st.integers(-200_000, 200_000))
def test_a_date_to_wait_for_is_kept_up_to_a_day(at: int, ahead: int) -> None:
    at -= at % stamps.SECOND
    moment = datetime.fromtimestamp(at // stamps.SECOND + ahead, UTC)
    assert schedule.retry_after(format_datetime(moment, usegmt=True), at=at) == min(max(ahead, 0), 86_400) * stamps.SECOND


@given(st.text(max_size=40), MOMENTS)
def test_no_header_breaks_the_schedule(said: str, at: int) -> None:
    waits = schedule.retry_after(said, at=at)
    assert waits is None or 0 <= waits <= schedule.LONGEST


@given(JSON)
def test_every_place_of_a_document_has_a_pointer_that_finds_it(document: Any) -> None:
    for path, value in places(document, ""):
        assert pointer.found(document, path) == value


def places(document: Any, path: str) -> list[tuple[str, Any]]:
    below: list[tuple[str, Any]] = []
    if isinstance(document, dict):
        for key, value in document.items():
            below += places(value, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    if isinstance(document, list):
        for index, value in enumerate(document):
            below += places(value, f"{path}/{index}")
    return [(path, document), *below]


@given(JSON, st.text("/ab~01-", max_size=10))
def test_a_pointer_to_nothing_finds_nothing_and_a_wrong_one_is_refused(document: Any, path: str) -> None:
    known = dict(places(document, ""))
    try:
        found = pointer.found(document, path)
    except Refused:
        assert not path.startswith("/") or "~" in path
        return
    assert found == known[path] if path in known else found is pointer.NOTHING


@pytest.mark.parametrize("path", ["/foo/0", "/a~1b", "/m~0n", "/ ", "/c%d", "/", ""])
def test_the_examples_of_the_rfc(path: str) -> None:
    document = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, " ": 7, "m~n": 8}
    expected = {"/foo/0": "bar", "/a~1b": 1, "/m~0n": 8, "/ ": 7, "/c%d": 2, "/": 0, "": document}
    assert pointer.found(document, path) == expected[path]


@pytest.mark.parametrize("path", ["/foo/01", "/foo/-", "/foo/2", "/foo/-1", "/nothing", "/foo/0/x"])
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert pointer.found({"foo": ["bar", "baz"]}, path) is pointer.NOTHING


ENDS = {
    **dict.fromkeys((200, 201, 202, 204), "done"),
    **dict.fromkeys((300, 301, 302, 303, 307, 308, 401, 403, 405, 408, 425, 429, 500, 502, 503, 504), "waiting"),
    **dict.fromkeys((400, 404, 410, 422), "dead"),
}


@pytest.mark.parametrize(("status", "end"), ENDS.items())
def test_what_each_status_means(status: int, end: str) -> None:
    outcome = outcomes.of(call(), answer(status), None, at=0)
    assert outcome.end == end
    assert outcome.slows == (status in (429, 502, 503, 504))
    assert outcome.disables == (status == 410)
    assert (outcome.went_well is None) == (status in (400, 404, 422))
    assert outcome.reason == ("" if end == "done" else f"It answered {status}.")


@pytest.mark.parametrize(("status", "end"), [(200, "done"), (500, "failed"), (404, "failed"), (301, "failed"), (410, "dead")])
def test_a_call_for_once_ends_with_any_answer(status: int, end: str) -> None:
    assert outcomes.of(call(tries="once"), answer(status), None, at=0).end == end


@pytest.mark.parametrize(("code", "is_doubtful"), [("connect", False), ("dns", False), ("tls", False), ("timeout", True), ("protocol", True)])
def test_without_an_answer_a_call_for_once_says_whether_it_may_have_arrived(code: Any, is_doubtful: bool) -> None:
    failure = Failure("No.", code=code)
    assert outcomes.of(call(), None, failure, at=0).end == "waiting"
    once = outcomes.of(call(tries="once"), None, failure, at=0)
    assert once.end == "dead" and ("Perhaps" in once.reason) == is_doubtful


def test_what_can_never_work_is_not_tried_again() -> None:
    assert outcomes.of(call(), None, Failure("Inside.", code="refused_address", is_permanent=True), at=0).end == "dead"


@pytest.mark.parametrize(
    ("kind", "body", "seen"),
    [
        ("application/json", b'{"a": 1}', '{"a": 1}'),
        ("text/plain; charset=iso-8859-1", "größer".encode("latin-1"), "größer"),
        ("text/plain; charset=no-such", "größer".encode(), "größer"),
        ("", b"plain\0text", "plaintext"),
        ("image/png", b"\x89PNG....", "(8 bytes of image/png)"),
        ("application/problem+json", b"{}", "{}"),
    ],
)
def test_an_answer_is_kept_as_text_when_it_is_text(kind: str, body: bytes, seen: str) -> None:
    headers = [("Content-Type", kind)] if kind else []
    assert attempts.seen(answer(200, body, headers), [])[1] == seen


@given(st.lists(st.text(min_size=4, max_size=12), max_size=3), st.text(max_size=60))
def test_no_secret_is_left_in_what_is_kept(secrets: list[str], text: str) -> None:
    body = json.dumps(text, ensure_ascii=False) + "".join(secrets)
    kept = attempts.masked(body, sorted(secrets, key=len, reverse=True))
    assert not any(secret in kept for secret in secrets if not set(secret) <= set(attempts.DOTS))


def answer(status: int, body: bytes = b"", headers: list[tuple[str, str]] | None = None) -> Answer:
    return Answer(status=status, headers=headers or [], body=body, is_cut=False, took_ms=1, address="127.0.0.1")
