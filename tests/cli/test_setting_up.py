"""Setting a desk up by commands: facts for scripts, one sentence and an exit code when something cannot be."""

import click

from tests.cli.house import House
from tests.conftest import Store
from tests.support.source import ROOT
from tillside.agents import agent, rest_key
from tillside.cli import main
from tillside.cli.trials import ALL
from tillside.edges.http.desk import Desk

WORD = {"TILLSIDE_PASSWORD": "correct horse battery"}
SETUP = ("setup", "--workspace", "Fern & Fold", "--email", "mia@fern.example")


def test_a_desk_is_set_up_by_four_commands(bare: House) -> None:
    made = bare.facts(*SETUP, "--time-zone", "Europe/Oslo", "--currency", "nok", "--region", "no", env=WORD)
    assert made["workspace"] == "fernfold"
    shop = bare.facts("connector", "add", "fern.example")
    assert set(shop) >= {"id", "name", "api_key", "api_secret"} and shop["api_key"] == "fernfold10"
    key = bare.facts("key", "add", "ci")
    assert set(key) == {"id", "name", "may", "key"}
    bare.facts("agent", "add", "jonas@fern.example", "--name", "Jonas", env=WORD)

    async def look(desk: Desk) -> list[object]:
        mia = await agent.by_password(desk.store, "mia@fern.example", WORD["TILLSIDE_PASSWORD"])
        jonas = await agent.by_password(desk.store, "jonas@fern.example", WORD["TILLSIDE_PASSWORD"])
        await desk.directory.refresh()
        found = await desk.directory.find("fernfold10")
        assert found is not None and found.secret == shop["api_secret"] and found.currency == "NOK"
        assert mia is not None and jonas is not None and await rest_key.find(desk.store, key["key"]) is not None
        return [mia.role, jonas.role]

    assert bare.look(look) == ["admin", "agent"]


def test_what_cannot_be_is_said_in_a_sentence_with_its_own_code(house: House) -> None:
    assert "exists already" in house.tillside(*SETUP, code=4, env=WORD)
    assert "too short" in house.tillside("agent", "add", "x@fern.example", code=4, env={"TILLSIDE_PASSWORD": "short"})
    assert "TILLSIDE_PASSWORD" in house.tillside("agent", "add", "x@fern.example", code=2)
    assert "belongs to a connector" in house.tillside("connector", "add", "again", "--key", house.shop.api_key, code=4)
    nowhere = House(Store("postgres", house.store.data, "postgresql://nobody@127.0.0.1:1/none"))
    assert "cannot be reached" in nowhere.tillside("key", "list", code=3)


def test_a_shop_keeps_its_key_and_secret_and_a_rotation_overlaps(house: House) -> None:
    kept = house.facts("connector", "add", "old.example", "--key", "oldkey7", "--secret", "old-secret")
    assert (kept["api_key"], kept["api_secret"]) == ("oldkey7", "old-secret")
    fresh = house.facts("connector", "rotate", "oldkey7")
    assert fresh["api_secret"] != "old-secret"

    async def look(desk: Desk) -> tuple[str, ...]:
        found = await desk.directory.find("oldkey7")
        assert found is not None
        return found.secrets

    assert house.look(look) == (fresh["api_secret"], "old-secret")
    listed = house.facts("connector", "list")
    assert [one["api_key"] for one in listed] == [house.shop.api_key, "oldkey7"] and listed[1]["is_rotating"]
    assert fresh["api_secret"] not in house.tillside("connector", "list")


def test_a_revoked_key_is_dead(house: House) -> None:
    made = house.facts("key", "add", "ci")
    assert house.facts("key", "revoke", "ci")["is_live"] is False
    assert house.look(lambda desk: rest_key.find(desk.store, made["key"])) is None
    assert "0 live keys" in house.tillside("key", "revoke", "ci", code=4)


def test_a_key_may_be_given_less_than_everything(house: House) -> None:
    made = house.facts("key", "add", "reader", "--scope", "tickets:read", "--scope", "events:read")
    assert made["may"] == "events:read tickets:read"
    found = house.look(lambda desk: rest_key.find(desk.store, made["key"]))
    assert found is not None and found.may("tickets:read") and not found.may("tickets:write")
    assert "Choose from: tickets:read" in house.tillside("key", "add", "wrong", "--scope", "mood:read", code=4)


def test_with_several_workspaces_one_must_be_named(house: House) -> None:
    house.tillside("setup", "--workspace", "Second", "--email", "zoe@second.example", env=WORD)
    assert "fernfold, second" in house.tillside("connector", "list", code=4)
    assert house.facts("connector", "list", "--workspace", "second") == []


def test_a_store_of_a_newer_release_or_of_other_hands_is_left_alone(house: House) -> None:
    assert "Nothing to do" in house.tillside("migrate")

    async def tamper(desk: Desk) -> None:
        async with desk.store.write() as tx:
            await tx.run("insert into migration (store, number, name, checksum) values ('desk', 9999, 'future', 'x')")

    house.look(tamper)
    for command in ("migrate", "serve"):
        assert "newer release (migration 9999 future)" in house.tillside(command, code=3)


def test_a_changed_migration_is_refused(house: House) -> None:
    async def tamper(desk: Desk) -> None:
        async with desk.entries.write() as tx:
            await tx.run("update migration set checksum = 'x' where store = 'log'")

    house.look(tamper)
    assert "not the one of this release" in house.tillside("migrate", code=3)


def test_the_page_lists_every_command_and_every_code_of_verify() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    for name, command in main.commands.items():
        words = [f"{name} {inner}" for inner in command.commands] if isinstance(command, click.Group) else [name]
        assert command.hidden or all(f"`tillside {word}`" in page or f"`{word}`" in page for word in words), name
    assert all(f"| {trial.code} | {trial.name} |" in page for trial in ALL)


def test_who_forgot_their_password_gets_another_at_the_command_line(house: House) -> None:
    new = {"TILLSIDE_PASSWORD": "a second boat-12"}
    assert house.facts("agent", "password", "Mia@fern.example", env=new)["email"] == "mia@fern.example"

    async def look(desk: Desk) -> bool:
        return await agent.by_password(desk.store, "mia@fern.example", new["TILLSIDE_PASSWORD"]) is not None

    assert house.look(look)
    assert "too short" in house.tillside("agent", "password", "mia@fern.example", code=4, env={"TILLSIDE_PASSWORD": "short"})
    assert "Nobody signs in" in house.tillside("agent", "password", "zoe@fern.example", code=4, env=new)
