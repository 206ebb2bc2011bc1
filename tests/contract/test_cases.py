"""Every case of tests/contract/cases, driven through the HTTP port with the clients' bytes; and all of them again."""

import ast

import pytest

from tests.contract import cases
from tests.contract.cases import Case
from tests.support.served import Served, Tenant
from tests.support.source import ROOT

CASES = cases.load()
ELSEWHERE = {
    1: "tests/contract/test_loader.py::test_every_known_address_of_the_loader_answers_the_script",
    2: "tests/storefront/test_tracker_queue.py::test_the_key_is_found",
    3: "tests/storefront/test_tracker_queue.py::test_a_queue_named_queue_is_drained",
    8: "tests/contract/test_origins.py::test_a_preflight_names_the_exact_origin_and_every_header_clients_send",
}
"""Quirks that are not about a request body, and the test that plays each."""


@pytest.mark.parametrize("case", CASES, ids=[case.says for case in CASES])
def test_a_client_is_understood(served: Served, tenant: Tenant, case: Case) -> None:
    cases.play(served, tenant, case)


@pytest.mark.parametrize("case", CASES, ids=[case.says for case in CASES])
def test_repeating_changes_nothing(served: Served, tenant: Tenant, case: Case) -> None:
    for message in case.send:
        cases.send(served, tenant, message)
    before = served.state(tenant)
    for message in case.send:
        cases.send(served, tenant, message)
    assert served.state(tenant) == before


def test_repeating_all_of_them_at_one_shop_changes_nothing(served: Served, tenant: Tenant) -> None:
    for case in CASES:
        for message in case.send:
            cases.send(served, tenant, message)
    before = served.state(tenant)
    for case in reversed(CASES):
        for message in case.send:
            cases.send(served, tenant, message)
    assert served.state(tenant) == before
    assert served.count(tenant, "parked") == 0


def test_every_quirk_of_a_client_and_every_section_has_a_case() -> None:
    quirks = {quirk for case in CASES for quirk in case.quirks} | ELSEWHERE.keys()
    assert quirks == set(range(1, 30))
    assert {section for case in CASES for section in case.sections} >= {"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"}


def test_the_tests_named_for_the_other_quirks_are_there() -> None:
    for address in ELSEWHERE.values():
        path, _, name = address.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, address


def test_every_sentence_stands_once() -> None:
    assert len({case.says for case in CASES}) == len(CASES)
