"""The doctor: one finding for each thing that is wrong, in words, and exit code 1."""

import os
import time

import asyncpg

from tests.cli.house import House
from tests.support.mail_server import MailServer
from tests.support.postgres import alone
from tillside.base import stamps
from tillside.base.vault import Vault
from tillside.edges.http.desk import Desk
from tillside.feeds.log import Entry, Wire
from tillside.storage.database import Database


def problems(house: House) -> dict[str, str]:
    said = house.facts("doctor", code=1)
    return {one["about"]: one["words"] for one in said["findings"] if one["level"] == "problem"}


def test_a_sound_desk_is_well_while_it_serves_and_while_not(house: House) -> None:
    with house.serve():
        said = house.facts("doctor", env={"TILLSIDE_PUBLIC_URL": "https://desk.fern.example"})
        assert said["is_well"] and {one["level"] for one in said["findings"]} == {"ok"}
        assert "serves it at this moment" in said["findings"][0]["words"]
    assert "warning  public address" in house.tillside("doctor")


def test_a_missing_place_is_named(bare: House) -> None:
    assert "data folder" in problems(bare)
    assert not bare.store.data.exists()


def test_the_key_file_s_troubles_are_named(house: House) -> None:
    path = house.store.data / "secret.key"
    path.chmod(0o644)
    assert "chmod 600" in problems(house)["key file"]
    path.unlink()
    assert "missing" in problems(house)["key file"]
    assert not path.exists()
    Vault.open(house.store.data)
    assert "does not belong" in problems(house)["secrets"]
    path.write_text("nonsense")
    assert "damaged" in problems(house)["key file"]


def test_a_schema_that_is_behind_or_ahead_is_named(house: House) -> None:
    house.alter("insert into migration (store, number, name, checksum) values ('desk', 9999, 'future', 'x')")
    assert "newer release" in problems(house)["desk schema"]
    house.alter("delete from migration where store = 'desk'")
    assert "tillside migrate" in problems(house)["desk schema"]


def test_a_desk_and_a_log_of_two_backups_are_named(house: House) -> None:
    house.alter("insert into follower (name, position, holder, held_until) values ('projector', 99, 'x', 0)")
    assert "not of one backup" in problems(house)["log"]


def test_a_lag_nobody_works_on_a_dead_holder_and_parked_events_are_named(house: House) -> None:
    house.look(lambda desk: _fill(house, desk, 1001))
    house.alter("insert into parked (workspace_id, event_id, name, error, tries) values (1, 1, 'order', 'x', 3)")
    found = problems(house)
    assert "1001 log entries" in found["projector"] and "start the desk" in found["projector"] and "set aside" in found["parked events"]
    until = stamps.now() + stamps.MINUTE
    dead = f"{os.uname().nodename}:{_dead_pid()}:1"
    house.alter(f"insert into follower (name, position, holder, held_until) values ('projector', 1001, '{dead}', {until})")
    warned = [one["words"] for one in house.facts("doctor", code=1)["findings"] if one["level"] == "warning"]
    assert any("which is gone" in words for words in warned)


def test_a_clock_that_went_back_is_named(house: House) -> None:
    house.look(lambda desk: _fill(house, desk, 1, at=stamps.now() + stamps.HOUR))
    assert "in the future" in problems(house)["clock"]


def test_a_damaged_file_or_a_database_that_does_not_sync_is_named(house: House) -> None:
    if house.store.url is None:
        path = house.store.data / "desk.db"
        content = bytearray(path.read_bytes())
        content[8192:12288] = os.urandom(4096)
        path.write_bytes(content)
        assert {"integrity", "database", "desk schema"} & problems(house).keys()
        return
    alone(_system(house.store.url, "alter system set full_page_writes = off"))
    try:
        assert "full_page_writes" in problems(house)["durability"]
    finally:
        alone(_system(house.store.url, "alter system reset full_page_writes"))


def test_whether_letters_leave_is_told(house: House) -> None:
    told = _mail(house)
    assert "No mail server is set" in told["words"] and told["level"] == "ok"
    with MailServer() as peer:
        set_up = {"TILLSIDE_SMTP_HOST": "127.0.0.1", "TILLSIDE_SMTP_PORT": str(peer.port), "TILLSIDE_SMTP_SECURITY": "none"}
        assert "--smtp-sender" in _mail(house, set_up, code=1)["words"]
        set_up["TILLSIDE_SMTP_SENDER"] = "desk@fern.example"
        assert _mail(house, set_up) == {
            "level": "ok",
            "about": "e-mail",
            "words": f"127.0.0.1:{peer.port} lets us in. Replies on their way: 0 waiting.",
        }
        house.alter(
            "insert into delivery (workspace_id, message_id, channel, state, due_at, holder, attempts, reason, since)"
            " values (1, 'msg_1', 'email', 'waiting', 1, '', 0, '', 1)"
        )
        told = _mail(house)
        assert told["level"] == "warning" and "1 waiting" in told["words"]
        peer.faults = {"greeting": "554 go away"}
        told = _mail(house, set_up, code=1)
        assert "554 go away" in told["words"] and told["level"] == "problem"


def _mail(house: House, env: dict[str, str] | None = None, *, code: int = 0) -> dict[str, str]:
    found: dict[str, str] = next(one for one in house.facts("doctor", code=code, env=env)["findings"] if one["about"] == "e-mail")
    return found


async def _system(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.execute("select pg_reload_conf()")
    await connection.close()


async def _fill(house: House, desk: Desk, count: int, *, at: int | None = None) -> None:
    entry = Entry(1, house.shop.id, "events", at or stamps.now(), "server", 3, Wire(charset="utf-8"), b'{"event":"x"}')
    for _ in range(count // 400 + 1):
        await _append(desk.entries, [entry] * min(count, 400))
        count -= 400


async def _append(entries: Database, listed: list[Entry]) -> None:
    async with entries.write() as tx:
        for one in listed:
            await tx.run(
                "insert into entry (workspace_id, connector_id, kind, received_at, sender, trust, wire, size, packing, body)"
                " values (1, :c, 'events', :at, 'server', 3, '{}', 13, 0, :body)",
                c=one.connector_id,
                at=one.received_at,
                body=one.body,
            )


def _dead_pid() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    time.sleep(0)
    return child
