"""The search index is built anew by a command, alone with the desk; the doctor says when that is needed."""

from tests.cli.house import House
from tillside.agents.actor import DESK
from tillside.conversations import answering, message, opening
from tillside.conversations.opening import Opening
from tillside.edges.http.desk import Desk
from tillside.storage import full_text


async def spoken(desk: Desk) -> None:
    async with desk.store.write() as tx:
        one = await opening.open(tx, 1, Opening(channel="email", subject="Parcel"), by=DESK)
        await answering.hear(tx, one, message.said("Where is it?"), by=DESK)


def test_a_lost_index_is_named_and_built_anew(house: House) -> None:
    house.look(spoken)
    assert house.facts("reindex", "--check") == {"there": 2, "found": 2, "is_ready": True, "is_whole": True}
    house.alter("delete from search_entry")
    assert house.facts("reindex", "--check", code=1) == {"there": 2, "found": 0, "is_ready": True, "is_whole": False}
    words = [one["words"] for one in house.facts("doctor", code=1)["findings"] if one["about"] == "search"]
    assert words == ["The index holds 0 of 2 messages and conversations. Stop the desk and run tillside reindex."]
    assert house.facts("reindex")["entries"] == 2
    assert house.facts("reindex", "--check")["is_whole"]


def test_a_build_that_was_killed_before_its_end_is_named(house: House) -> None:
    """PostgreSQL builds the index of the words last; SQLite has none beside the table."""
    house.look(spoken)
    house.alter(full_text.emptied(house.store.kind, "search_text")[0])
    is_ready = house.store.kind == "sqlite"
    assert house.facts("reindex", "--check", code=0 if is_ready else 1)["is_ready"] is is_ready
    words = [one["words"] for one in house.facts("doctor", code=0 if is_ready else 1)["findings"] if one["about"] == "search"]
    assert ("not built to its end" in words[0]) is not is_ready
    house.facts("reindex")
    assert house.facts("reindex", "--check")["is_whole"]


def test_nobody_serves_meanwhile(house: House) -> None:
    with house.serve():
        assert "A desk serves" in house.tillside("reindex", code=4)
