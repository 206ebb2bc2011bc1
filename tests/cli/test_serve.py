"""Serving: one ready line, an orderly end, children that live and die with it."""

import os
import re
import signal
from pathlib import Path

import httpx
import pytest

from tests.cli.house import House, eventually, get, post, settled
from tests.support.ports import free_port
from tillside.agents import agent, session
from tillside.edges.http.desk import Desk


def test_a_fresh_desk_says_once_that_it_is_ready_and_how_to_begin(bare: House) -> None:
    with bare.serve() as desk:
        desk.wait_for(re.compile(r"There is no workspace yet.*[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}"))
        assert desk.output.count("http://") == 1 and desk.output.startswith(f"Tillside is ready at {desk.url}\n")
        said = get(f"{desk.url}/healthz")
        assert said.status_code == 200 and said.json() == {"ok": True, "version": said.json()["version"], "lag": 0}
        assert "server" not in said.headers


def test_figures_are_told_without_a_word_of_what_people_sent(house: House) -> None:
    with house.serve() as desk:
        assert post(desk.url, house.batch([house.order("F1")])).status_code == 200
        settled(desk.url)
        text = get(f"{desk.url}/metrics").text
    assert 'tillside_events_total{verdict="accepted"} 1' in text
    assert "tillside_log_position 1" in text and "tillside_projector_lag_entries 0" in text
    assert "F1" not in text and "buyer.example" not in text and house.shop.api_key not in text


def test_several_processes_need_postgresql_and_share_one_port_there(house: House) -> None:
    if house.store.url is None:
        assert "PostgreSQL" in house.tillside("serve", "--workers", "2", code=3)
        return
    with house.serve("--workers", "2") as desk:
        workers = children(desk.pid)
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        eventually(lambda: len(children(desk.pid)) == 2 and workers[0] not in children(desk.pid))
        for number in range(8):
            assert post(desk.url, house.batch([house.order(f"W{number}")])).status_code == 200
        settled(desk.url)
        assert house.count("orders") == 8
        workers = children(desk.pid)
    eventually(lambda: not any(is_running(pid) for pid in workers))


def test_it_ends_in_good_order_although_a_browser_listens(house: House) -> None:
    token = house.look(signed_in)
    desk = house.serve().start()
    cookie = {"Cookie": f"__Host-tillside={token}"}
    with httpx.Client(base_url=desk.url, headers=cookie, timeout=60, trust_env=False) as client, client.stream("GET", "/stream") as stream:
        lines = stream.iter_lines()
        assert stream.status_code == 200 and next(lines).startswith("retry")
        assert desk.stop() == 0
        for _ in lines:  # to the end the desk gave it: an answer that is cut off raises
            pass


def test_after_a_kill_everything_acknowledged_is_there(house: House) -> None:
    desk = house.serve().start()
    for number in range(20):
        assert post(desk.url, house.batch([house.order(f"K{number}")])).status_code == 200
    desk.kill9()
    with house.serve() as again:
        settled(again.url)
    assert house.count("orders") == 20


def test_a_projector_process_is_started_again_and_ends_with_its_parent(house: House) -> None:
    desk = house.serve(*(["--projector", "process"] if house.store.url else [])).start()  # the rule on SQLite
    eventually(lambda: len(children(desk.pid)) == 1)
    first = children(desk.pid)[0]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: children(desk.pid) not in ([], [first]))
    assert post(desk.url, house.batch([house.order("P1")])).status_code == 200
    settled(desk.url)  # the killed one's lease runs out first
    second = children(desk.pid)[0]
    os.kill(desk.pid, signal.SIGKILL)
    eventually(lambda: not is_running(second))
    desk.kill9()


def test_a_taken_port_and_a_second_server_are_refused_in_words(house: House) -> None:
    port = free_port()
    with house.serve("--port", str(port)):
        if house.store.url is None:
            assert "Another process serves" in house.tillside("serve", "--port", "0", code=3)
        else:
            assert f"port {port}" in house.tillside("serve", "--port", str(port), code=3)


def test_a_foreign_key_file_is_refused_before_anything_is_served(house: House) -> None:
    (house.store.data / "secret.key").write_text("ab" * 32 + "\n")
    assert "key file does not belong" in house.tillside("serve", "--port", "0", code=3)


@pytest.mark.parametrize("words", [["--projector", "nowhere"], ["--port", "many"]])
def test_a_wrong_option_is_a_usage_error(bare: House, words: list[str]) -> None:
    bare.tillside("serve", *words, code=2)


async def signed_in(desk: Desk) -> str:
    mia = await agent.by_password(desk.store, "mia@fern.example", "correct horse battery")
    assert mia is not None
    async with desk.store.write() as tx:
        return await session.begin(tx, mia)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """Alive, and not merely waiting for somebody to fetch its exit code."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z" not in stat.read_text()
