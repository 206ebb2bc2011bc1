"""`verify` against a real desk: green when all is well, and for each deliberate breakage its own red line and exit code."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from tests.cli.breakages import breakages
from tests.cli.house import House
from tests.cli.proxy import Proxy
from tests.support.ports import free_port
from tests.support.process import Process
from tillside.cli import main
from tillside.cli.trials import ALL


@pytest.fixture
def desk(house: House) -> Iterator[Process]:
    with house.serve() as running:
        yield running


def words(house: House, url: str) -> list[str]:
    shop = house.shop
    given = ["--key", shop.api_key, "--secret", shop.secret, "--rest-key", house.key, "--token-secret", shop.token_secret]
    return ["verify", "--url", url, *given, "--wait", "3"]


def test_a_sound_desk_is_green_to_the_last_line(house: House, desk: Process) -> None:
    said = house.tillside(*words(house, desk.url))
    assert [line[0] for line in said.strip().splitlines()] == ["✓"] * len(ALL)
    again = house.facts(*words(house, desk.url))
    assert again["is_green"] and {one["outcome"] for one in again["checks"]} == {"passed"}


def test_what_is_not_given_is_said_to_be_untried(house: House, desk: Process) -> None:
    said = house.tillside("verify", "--url", desk.url, "--key", house.shop.api_key, "--secret", house.shop.secret)
    assert "– the order is visible  needs --rest-key" in said and "– the web token identifies  needs --token-secret" in said


def test_a_desk_that_is_not_there_is_one_red_line(house: House) -> None:
    said = house.tillside(*words(house, f"http://127.0.0.1:{free_port()}"), code=10)
    assert said.count("✗") == 1 and "the desk answers" in said and len(said.strip().splitlines()) == 1


def test_each_breakage_has_a_red_line_and_an_exit_code_of_its_own(house: House, desk: Process) -> None:
    codes: dict[str, int] = {}
    lines: dict[str, str] = {}
    for name, breakage in breakages(house).items():
        with Proxy(desk.url, breakage) as proxy:
            ended = CliRunner().invoke(main, words(house, proxy.url))
        red = [line for line in ended.output.splitlines() if line.startswith("✗")]
        assert len(red) == 1, f"{name}: {ended.output}"
        codes[name], lines[name] = ended.exit_code, red[0]
    assert codes == {
        "a firewall answers the loader with a page": 11,
        "a proxy answers the preflight itself": 12,
        "the answer loses its origin": 13,
        "a plugin drops the last event of a batch": 14,
        "a cache serves an older order": 15,
        "a retry gives events new names": 16,
        "a filter strips the encrypted token": 17,
        "a filter strips the web token": 18,
        "a proxy turns refusals into successes": 19,
        "a proxy turns 400 into 500": 20,
        "a plugin swallows the field of a refusal": 21,
        "a plugin removes signatures": 22,
        "a proxy adds its own REST key": 23,
    }
    assert len(set(lines.values())) == len(set(codes.values())) == 13
