"""The list of mutations fits the code as it is now, and the two rules the mission rests on are really guarded (all: ``make mutations``)."""

import pytest

from tests import mutations
from tests.mutations import MUTATIONS
from tests.support.source import ROOT, text

IN_THE_SUITE = ("a token needs no agreeing e-mail", "unsigned statements overwrite signed ones")


@pytest.mark.parametrize("one", MUTATIONS, ids=[one.name for one in MUTATIONS])
def test_a_mutation_names_text_that_stands_once_and_tests_that_exist(one: mutations.Mutation) -> None:
    assert text(ROOT / one.file).count(one.old) == 1
    assert one.new != one.old
    for path in one.tests.partition(" -k ")[0].split():
        assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("name", IN_THE_SUITE)
def test_a_rule_taken_out_is_noticed(name: str) -> None:
    assert mutations.is_killed(next(one for one in MUTATIONS if one.name == name))
