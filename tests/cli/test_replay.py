"""Replay: the same state from the same log, whatever people decided on the way, and beside a desk that goes on serving."""

import json
import re
import threading
from functools import partial
from typing import Any

from tests.cli.house import House, eventually, get, post, settled
from tillside.base import signing, stamps
from tillside.connectors import connector
from tillside.edges.http.desk import Desk
from tillside.feeds import activity, log
from tillside.feeds.log import Entry, Wire
from tillside.projector import rebuild
from tillside.projector.rebuild import Rebuild
from tillside.projector.work import Projector
from tillside.storage import migrate

DESK = "workspace agent session rest_key connector follower activity verdict answered team team_member presence"
TALK = (
    "tag field channel counter conversation conversation_tag conversation_order conversation_count message attachment participant"
    " follower_of_conversation mention draft saved_view macro macro_day planned trail merged job job_step reading"
    " company search_entry search_word"
)
CHAT = "messenger visitor visitor_conversation one_time_code delivery"
CALLS = "target target_secret target_health target_hour target_card target_alert call attempt"
ACTS = "action action_run action_open"
RULES = "rule rule_run rule_timer rule_turn assignment business_hours"
KEPT = {*RULES.split(), *DESK.split(), *TALK.split(), *CHAT.split(), *CALLS.split(), *ACTS.split()}
"""Tables of the desk that no log entry makes: a replay leaves them alone."""


def test_every_table_is_either_worked_out_of_the_log_or_kept() -> None:
    text = "".join(migration.sql for migration in migrate.known("desk"))
    assert set(re.findall(r"create table (\w+)", text)) == KEPT | set(rebuild.DERIVED)
    for name, table in rebuild.DERIVED.items():
        [body] = re.findall(rf"create table {name} \((.*?)\n\)", text, re.DOTALL)
        columns = set(re.findall(r"^  (?!primary key)(\w+) ", body, re.MULTILINE))
        assert columns == {*table.key, *table.rest}, name


def test_merges_undone_merges_tokens_and_rotations_replay_to_the_same_rows(house: House) -> None:
    with house.serve() as desk:
        for number in range(30):
            assert post(desk.url, house.batch([house.order(f"R{number}")])).status_code == 200
            assert post(desk.url, unsigned(house, number)).status_code == 200
        for day, name in enumerate(("Former", "Today")):
            assert post(desk.url, house.batch([renamed(name, day)])).status_code == 200
        settled(desk.url)
        house.look(lambda desk: _decide(house, desk))
        fresh = house.facts("connector", "rotate", house.shop.api_key)
        old = house.shop
        post(desk.url, unsigned(house, 98))
        house.look(lambda desk: _forget_old_secret(desk, old.id))
        eventually(lambda: post(desk.url, house.batch([house.order("late")])).status_code == 422)  # the old secret no longer signs
        settled(desk.url)
    assert fresh["api_secret"] != old.secret
    assert house.count("merge") and house.count("merge", "undone_at is not null") and house.count("verdict")
    before = house.look(lambda desk: activity.last_position(desk.store, 1))
    told = house.facts("replay", "--expect-same")
    assert told["is_same"] and told["before"] == told["after"] and told["entries"] >= 30
    assert (house.count("profile_word", "word = 'today'"), house.count("profile_word", "word = 'former'")) == (1, 0)
    assert house.facts("replay", "--check")["digest"] == told["after"]
    assert house.look(lambda desk: activity.last_position(desk.store, 1)) == before
    for batch in (1, 7):
        assert house.look(partial(_in_batches_of, size=batch)) == told["tables"], f"in batches of {batch}"


def test_a_difference_is_found_and_mended(house: House) -> None:
    with house.serve() as desk:
        post(desk.url, house.batch([house.order("D1"), house.order("D2")]))
        settled(desk.url)
    right = house.facts("replay", "--check")

    async def tamper(desk: Desk) -> None:
        async with desk.store.write() as tx:
            await tx.run("update orders set amount = amount + 1 where number = 'D1'")

    house.look(tamper)
    told = house.facts("replay", "--expect-same", code=1)
    assert told["changed"] == ["orders"] and told["tables"] == right["tables"]


def test_beside_a_desk_under_load_nothing_is_lost_or_doubled(house: House) -> None:
    stop = threading.Event()
    sent: list[str] = []

    def load(url: str) -> None:
        while not stop.is_set():
            number = f"L{len(sent)}"
            assert post(url, house.batch([house.order(number)])).status_code == 200
            sent.append(number)

    with house.serve() as desk:
        sender = threading.Thread(target=load, args=(desk.url,))
        sender.start()
        try:
            eventually(lambda: len(sent) > 50)
            told = house.facts("replay", "--expect-same")
        finally:
            stop.set()
            sender.join()
        assert told["is_same"] and told["entries"] > 0
        settled(desk.url, within=30)
        assert get(f"{desk.url}/healthz").json()["ok"]
    assert house.count("orders") == house.count("event") == len(sent)


def test_what_was_pruned_is_not_lost_without_a_word(house: House) -> None:
    with house.serve() as desk:
        for number in range(2):
            post(desk.url, house.batch([house.order(f"G{number}")]))
        settled(desk.url)

    async def prune(desk: Desk) -> None:
        async with desk.entries.write() as tx:
            await tx.run("delete from entry where position = 1")

    house.look(prune)
    assert "--forget" in house.tillside("replay", code=4)
    assert house.count("orders") == 2
    house.tillside("replay", "--forget")
    assert house.count("orders") == 1


def renamed(name: str, day: int) -> dict[str, Any]:
    """What the shop calls its customer on a day."""
    person = {"uid": "renamed", "firstName": name}
    return {"event": "identify", "userProperties": person, "time": {"sentAt": 1_790_000_000_000 + day * 86_400_000}}


def unsigned(house: House, number: int) -> dict[str, str]:
    """A page view, as a browser sends it, of somebody an encrypted token names."""
    person = {"id": f"t-{number}", "email": f"t{number}@buyer.example"}
    token = signing.make_token(person, house.shop.secret)
    view: dict[str, Any] = {"event": "page_view", "eventId": f"seen-{number}", "did": f"d-{number}", "userToken": token}
    return {"hs": house.batch([view | {"time": {"sentAt": 1_790_000_000_000}}])["hs"]}


async def _decide(house: House, desk: Desk) -> None:
    """An agent merges two pairs of customers and undoes one of the merges."""
    rows = await desk.store.read("select id from profile where into_id is null and kind = 1 order by id limit 4")
    ids = [row[0] for row in rows]
    for what, one, into in (("merge", ids[0], ids[1]), ("merge", ids[2], ids[3]), ("part", ids[2], "")):
        change = {"what": what, "by": "agt_1", "name": "Mia", "profile_id": one, "into_id": into}
        body = json.dumps({key: value for key, value in change.items() if value}).encode()
        await desk.log.append(Entry(house.shop.workspace_id, house.shop.id, "change", stamps.now(), "agent", 3, Wire(), body))


async def _in_batches_of(desk: Desk, size: int) -> dict[str, str]:
    """The digests after a replay whose transactions are of another size: no row may depend on where a batch ends."""
    replay = Rebuild(desk.store, desk.entries, desk.log_bell, Projector(desk.directory), batch=size)
    async with replay.hold():
        await replay.drop()
        await replay.work(replay.last, lambda count, position: None)
        return await rebuild.digests(desk.store)


async def _forget_old_secret(desk: Desk, connector_id: str) -> None:
    async with desk.store.write() as tx:
        await tx.run("update connector set previous_until = 1 where id = :id", id=connector_id)
    assert (await connector.by_id(desk.store, desk.vault, 1, connector_id)).previous_until == 1
    assert await log.last_position(desk.entries) > 0
