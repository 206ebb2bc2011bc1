"""The page "Cancel an order in my cart from the desk", carried out: its commands against the demo and its shop, its code by interpreters."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Store
from tests.journeys.cast import until
from tests.journeys.test_demo import Demo, running
from tests.support import recipes
from tests.support.source import ROOT
from tillside.base import stamps
from tillside.targets import signature

PAGE = "how-to/run-actions-in-your-cart.md"


@pytest.fixture
def demo(store: Store) -> Iterator[Demo]:
    with running(store) as both:
        yield both


def command(words: str) -> str:
    """The one command of the page that has these words."""
    (found,) = [block for block in recipes.blocks(PAGE, "sh") if words in block]
    return found


def run(text: str, **known: str) -> str:
    """A command of the page in a shell, with its variables."""
    text = text.replace("tillside ", f"{sys.executable} -m tillside ", 1) if text.startswith("tillside") else text
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(["bash", "-euc", text], env={**clean, **known}, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_an_order_is_cancelled_from_a_script_as_the_page_says(store: Store, demo: Demo) -> None:
    add = command("tillside key add").strip() + (f' --database "{store.url}"' if store.url else "")
    key = re.search(r"tsk_\S+", run(add, DATA=str(store.data)))
    assert key is not None
    known = {"DESK": demo.desk, "KEY": key[0], "ORDER": "10430"}
    listed: dict[str, Any] = json.loads(run(command("/v1/actions?subject=order"), **known))
    assert [one["name"] for one in listed["actions"]] == ["Refund", "Cancel", "Change address", "Refund items"]
    known["ACTION"] = next(one["id"] for one in listed["actions"] if one["name"] == "Cancel")
    began, again = (json.loads(run(command("Idempotency-Key"), **known))["run"] for _ in range(2))
    assert (began["state"], again["id"]) == ("running", began["id"])
    known["RUN"] = began["id"]

    def over() -> Any:
        told = json.loads(run(command('/runs/$RUN" -H').strip(), **known))["run"]
        return told if told["state"] not in ("proposed", "running") else None

    told = until(over, "the run to end")
    assert told["state"] == "done" and re.fullmatch(r"Order #10430 is cancelled, €[0-9,.]+ goes back\.", told["result"])
    (refused,) = [json.loads(run(command("Idempotency-Key"), **known | {"ORDER": "10423"}))]
    assert refused["message"] == "Only until it has left the shop."
    assert "not one to start again" in run(command("/retry"), **known)


@pytest.mark.parametrize(("language", "function"), [("python", "is_ours"), ("php", "is_ours"), ("js", "isOurs")])
def test_the_code_of_the_page_knows_our_calls_from_others(language: str, function: str) -> None:
    secret, body = "whsec_" + "c2VjcmV0IG9mIHRoZSBzaG9wIQ==", '{"orderId": "10430", "by": "Zoë"}'
    ours = dict(signature.headers([secret], "dlv_1", body.encode(), at=stamps.now()))
    old = dict(signature.headers([secret], "dlv_1", body.encode(), at=stamps.now() - stamps.HOUR))
    two = dict(signature.headers(["whsec_AAAA", secret], "dlv_1", body.encode(), at=stamps.now()))
    assert [knows(language, function, headers, body, secret) for headers in (ours, two)] == [True, True]
    assert [knows(language, function, headers, body, secret) for headers in (old, ours | {"webhook-id": "dlv_2"}, {})] == [False] * 3
    assert not knows(language, function, ours, body + " ", secret)


def knows(language: str, function: str, headers: dict[str, str], body: str, secret: str) -> bool:
    """What the function of the page says."""
    given = [recipes.literal(value, language) for value in (headers, body, secret)]
    if language == "python":
        given[1] += ".encode()"
    called = f"{function}({', '.join(given)})"
    show = {"python": f"print(int({called}))", "js": f"console.log({called} ? 1 : 0)", "php": f"echo {called} ? 1 : 0;"}[language]
    before = {"python": "import json\n", "php": "<?php\n", "js": ""}[language]
    return recipes.run(language, f"{before}{recipes.block(PAGE, language, f'{function}(')}\n{show}\n") == "1"
