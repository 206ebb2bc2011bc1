"""Taking a question apart: it never fails, it can be written out and read again, and what is wrong is said in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillside.search import asked
from tillside.search.asked import OPERATORS, Operator
from tillside.storage.full_text import Phrase

PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["status:open", "status:", 'tag:"gift card"', "from:ada", "FROM:Ada", "order:1001", "before:2026-02-30", "after:2026"]),
    st.sampled_from(['"', "“exact words”", "re:", "statsu:open", "日本語", "ada@shop.example", "a-b", "::", "status:open:closed"]),
)
QUESTIONS = st.lists(PIECES, max_size=14).map(" ".join)


@given(st.text())
def test_reading_never_fails(typed: str) -> None:
    asked.read(typed)


@given(QUESTIONS)
def test_a_question_written_out_is_the_same_question(typed: str) -> None:
    once = asked.read(typed)
    again = asked.read(once.text) if len(once.text) <= asked.LONGEST else once
    assert (again.phrases, again.operators) == (once.phrases, once.operators)


@given(QUESTIONS)
def test_every_problem_is_a_sentence(typed: str) -> None:
    for problem in asked.read(typed).problems:
        assert problem.endswith((".", "?"))
        assert "!" not in problem.replace(typed, "")


def test_words_phrases_and_operators_are_told_apart() -> None:
    found = asked.read('Café "blue pen" status:open TAG:"gift card" ada@shop.example before:2026-01')
    assert found.phrases == (Phrase(("cafe",)), Phrase(("blue", "pen"), is_open=False), Phrase(("ada", "shop", "example")))
    assert found.operators == (Operator("status", "open"), Operator("tag", "gift card"), Operator("before", "2026-01"))
    assert not found.problems


@pytest.mark.parametrize("typed", ["re: order", "https://shop.example/a?b=c", "10:30", "note:this", "ratio 3:4"])
def test_a_colon_alone_makes_no_operator(typed: str) -> None:
    found = asked.read(typed)
    assert found.phrases and not found.operators and not found.problems


WRONG = {
    "status:opne": '"opne" is not a status. Use open, snoozed, closed or trash.',
    "statsu:open": 'There is no operator "statsu:". Did you mean status:?',
    "status:": '"status:" needs a word right after it.',
    "before:yesterday": '"yesterday" is not a day.',
    "after:2026-02-30": '"2026-02-30" is not a day.',
    "priority:urgent": '"urgent" is not a priority. Use high, normal or low.',
    "team:a team:b": '"team:" can be said once only.',
    "from:???": '"???" is nobody\'s name.',
    " ".join("abcdefghijklmnop"): "These are more than 12 words.",
}


@pytest.mark.parametrize("typed", WRONG)
def test_a_wrong_operator_gets_a_clear_sentence(typed: str) -> None:
    (problem,) = asked.read(typed).problems
    assert problem.startswith(WRONG[typed])


@pytest.mark.parametrize("name", OPERATORS)
def test_what_the_help_shows_is_understood(name: str) -> None:
    for example in OPERATORS[name].replace(" or ", ", ").split(", "):
        found = asked.read(example)
        assert [one.name for one in found.operators] == [name] and not found.problems, example
