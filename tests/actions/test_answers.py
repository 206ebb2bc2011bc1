"""What a receiver's answer means: 2xx, what its body says, and the words people read. Pure."""

import pytest

from tillside.actions import answers
from tillside.actions.action import Answer
from tillside.actions.answers import Outcome


@pytest.mark.parametrize(
    ("state", "status", "body", "told"),
    [
        ("done", 200, b'{"status": "done", "message": "Refunded."}', Outcome("done", "Refunded.")),
        ("done", 204, b"", Outcome("done")),
        ("done", 200, b"<html>OK</html>", Outcome("done")),
        ("done", 200, b'{"message": {"not": "words"}}', Outcome("done")),
        ("done", 200, b'{"message": "two\\nlines\\u0007"}', Outcome("done", "two lines")),
        ("done", 200, b'{"status": "failed", "message": "Shipped already."}', Outcome("failed", reason="Shipped already.")),
        ("done", 200, b'{"status": "FAILED"}', Outcome("failed", reason="The shop answered that it did not work.")),
        ("done", 201, b'{"status": 1}', Outcome("done")),
        ("dead", 422, b'{"message": "Shipped already."}', Outcome("failed", reason="Shipped already.")),
        ("dead", 500, b"", Outcome("failed", reason="given up")),
        ("dead", None, b"", Outcome("failed", reason="given up")),
        ("cancelled", None, b"", Outcome("failed", reason="given up")),
        ("done", 200, b"\xff\xfe", Outcome("done")),
    ],
)
def test_an_answer_is_read(state: str, status: int | None, body: bytes, told: Outcome) -> None:
    assert answers.outcome(Answer(), state, status=status, body=body, reason="given up" if state != "done" else "") == told


def test_pointers_reach_into_the_answer() -> None:
    answer = Answer("/result/lines/0/te~1xt", "/result/ok", ("false",))
    body = b'{"result": {"ok": "false", "lines": [{"te/xt": "Out of stock."}]}}'
    assert answers.outcome(answer, "done", status=200, body=body, reason="") == Outcome("failed", reason="Out of stock.")
    assert answers.outcome(Answer("/9", ""), "done", status=200, body=b"[1]", reason="") == Outcome("done")


def test_a_long_answer_is_cut() -> None:
    body = b'{"message": "' + b"x" * 5000 + b'"}'
    assert len(answers.outcome(Answer(), "done", status=200, body=body, reason="").result) == 500
