"""Every case of tests/contract/rest, driven through the HTTP port; every endpoint of the contract has one, and those beside it."""

import pytest

from tests.contract import rest_cases
from tests.contract.rest_cases import Case
from tests.support.served import Served, Tenant
from tillside.edges import api

CASES = rest_cases.load()
ENDPOINTS = api.endpoints()


@pytest.fixture(scope="module", autouse=True)
def neighbour(served: Served) -> Tenant:
    return rest_cases.neighbour(served)


@pytest.mark.parametrize("case", CASES, ids=[case.says for case in CASES])
def test_a_call_is_answered_as_the_contract_says(served: Served, tenant: Tenant, case: Case) -> None:
    rest_cases.play(served, tenant, case)


@pytest.mark.parametrize("name", [one.name for one in ENDPOINTS])
def test_every_endpoint_has_cases_that_succeed_say_what_is_answered_and_what_never_is(name: str) -> None:
    mine = [(case, one) for case in CASES for one in case.do if (found := rest_cases.endpoint_of(one.call)) and found.name == name]
    assert any(name in case.of for case, _ in mine)
    assert any(one.status == 200 and (one.answer or one.count) for _, one in mine), "none that succeeds"
    assert any(case.never or one.never for case, one in mine), "none that says what must not stand in the answer"


@pytest.mark.parametrize("name", [one.name for one in ENDPOINTS if "{" in one.path or one.takes is not None])
def test_every_endpoint_that_can_be_called_wrongly_has_a_case_that_is(name: str) -> None:
    found = [rest_cases.endpoint_of(one.call) for case in CASES for one in case.do if one.status >= 400]
    assert name in {one.name for one in found if one}


def test_every_case_calls_what_it_is_about() -> None:
    for case in CASES:
        reached = {found.name for one in case.do if (found := rest_cases.endpoint_of(one.call))}
        assert set(case.of) <= reached, case.says


def test_every_sentence_stands_once() -> None:
    assert len({case.says for case in CASES}) == len(CASES)
