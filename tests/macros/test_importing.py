"""Macros another desk exported: read whatever the file is like, kept once, and told row by row."""

import csv
import io
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actions.shop import Shop
from tests.conversations.room import Room
from tests.macros.desk import taken, worn
from tillside.agents import team
from tillside.base import rich_text
from tillside.base.errors import Refused, TooLarge
from tillside.conversations import fields
from tillside.macros import importing, known, reading, sheet, step
from tillside.macros import macro as macros
from tillside.macros.importing import Line, Report
from tillside.macros.known import Known
from tillside.macros.step import Assign, CallTarget, Close, Field, Give, Priority, Tag

pytestmark = pytest.mark.anyio

HEADING = (
    "Name", "Subject", "Description", "Tags", "Assign", "Priority", "Update Field", "Last Order", "HTTP Target", "Close",
    "Available To - Brands", "Available To - Agents", "Created By",
)  # fmt: skip
REASON = '{"propertyName":"reason","displayName":"Reason","type":"dropdownSelect","value":["Return::Damaged"],"under":"message"}'


def table(*rows: Mapping[str, str] | Sequence[str], heading: Sequence[str] = HEADING, separator: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([row.get(name, "") for name in heading] if isinstance(row, Mapping) else row)
    return out.getvalue()


async def brought(room: Room, text: str | bytes) -> Report:
    content = text if isinstance(text, bytes) else text.encode()
    return await importing.bring(room.desk.store, room.workspace_id, content, by=room.mia)


async def kept(room: Room, line: Line) -> macros.Macro:
    return await macros.by_id(room.desk.store, room.workspace_id, line.macro_id, agent_id=room.mia.id)


async def test_a_row_becomes_a_macro_with_its_steps(shop: Shop) -> None:
    room, w = shop.room, shop.w
    crew = await room.do(team.add, w, "Orders")
    await room.do(fields.add, w, "Reason", format="choice", choices=["Return::Damaged", "Return::Late"])
    row = {
        "Name": "Where is my parcel",
        "Subject": "Your order",
        "Description": "Hi %First Name%,\n\nyour order %Order Name% is on its way.",
        "Tags": "wismo, Parcel",
        "Assign": "Orders",
        "Priority": "High",
        "Update Field": REASON,
        "HTTP Target": "refund in the cart",
        "Close": "Yes",
        "Available To - Brands": "All",
        "Available To - Agents": "All",
        "Created By": "JONAS@fern.example",
    }
    report = await brought(room, table(row))
    assert [(line.number, line.outcome, line.lost) for line in report.lines] == [(2, "made", [])]
    one = await kept(room, report.lines[0])
    tag = one.steps[0]
    assert isinstance(tag, Tag) and len(tag.add) == 2
    assert one.steps[1:] == [Give(crew.id), Priority(1), Field("reason", "Return::Damaged"), CallTarget(shop.target.id), Close()]
    assert (one.html, one.subject, one.by_name, one.owner_id, one.team_id) == (
        "<p>Hi %First Name%,</p><p>your order %Order Name% is on its way.</p>",
        "Your order",
        "Jonas",
        "",
        "",
    )
    talk = await taken(room, await room.opened(), [tag])
    assert sorted(await worn(room, talk)) == ["Parcel", "wismo"]


async def test_the_same_file_twice_changes_nothing_and_a_changed_row_changes_one(room: Room) -> None:
    first = table({"Name": "One", "Description": "<p>Hello</p>", "Tags": "a"}, {"Name": "Two", "Description": "Bye", "Close": "true"})
    assert [line.outcome for line in (await brought(room, first)).lines] == ["made", "made"]
    assert [line.outcome for line in (await brought(room, first)).lines] == ["same", "same"]
    second = first.replace("Bye", "Good bye")
    assert [line.outcome for line in (await brought(room, second)).lines] == ["same", "changed"]
    assert len(await macros.shared(room.desk.store, room.workspace_id)) == 2


async def test_the_field_that_landed_in_the_column_of_the_last_order_is_found(room: Room) -> None:
    await room.do(fields.add, room.workspace_id, "Reason", format="choice", choices=["Return::Damaged"])
    shifted = await brought(room, table({"Name": "One", "Description": "x", "Last Order": REASON}))
    levels = REASON.replace('["Return::Damaged"]', '["Return","Damaged"]').replace('"reason"', '""')
    nested = await brought(room, table({"Name": "Two", "Description": "x", "Update Field": f"[{levels}]"}))
    assert [(await kept(room, one.lines[0])).steps for one in (shifted, nested)] == [[Field("reason", "Return::Damaged")]] * 2


async def test_what_is_not_understood_is_said_and_the_rest_is_kept(room: Room) -> None:
    await room.do(fields.add, room.workspace_id, "Reason", format="choice", choices=["Late"])
    row = {
        "Name": "Odd",
        "Description": "Text",
        "Assign": "Somebody Gone",
        "Priority": "quite",
        "Update Field": REASON,
        "Last Order": "refund",
        "HTTP Target": "Old hook",
        "Close": "perhaps",
        "Available To - Brands": "Fern, Fold",
        "Available To - Agents": "gone@fern.example",
        "Created By": "gone@fern.example",
    }
    [line] = (await brought(room, table(row))).lines
    assert line.outcome == "made" and [one.split(" “")[0] for one in line.lost] == [
        "Assign", "Priority", "Update Field", "Last Order", "HTTP Target", "Close", "Available To - Agents", "Available To - Brands",
        "Created By",
    ]  # fmt: skip
    assert (await kept(room, line)).steps == []


async def test_rows_that_are_left_out_say_why(room: Room) -> None:
    text = table(
        {"Description": "no name"},
        {"Name": "Nothing"},
        {"Name": "Twice", "Description": "1"},
        {},
        {"Name": "TWICE", "Description": "2"},
        {"Name": "n" * 121, "Description": "x"},
    )
    report = await brought(room, text)
    assert [(line.number, line.outcome, line.reason.split(".")[0]) for line in report.lines] == [
        (2, "skipped", "It has no name"),
        (3, "skipped", "A macro needs a text or a step"),
        (4, "made", ""),
        (6, "skipped", "A row above has the same name"),
        (7, "skipped", "A macro needs a name of 1 to 120 characters"),
    ]


async def test_a_macro_for_one_agent_is_theirs(room: Room) -> None:
    report = await brought(room, table({"Name": "Mine", "Description": "x", "Available To - Agents": "Jonas", "Assign": "mia@fern.example"}))
    mine = await macros.of_agent(room.desk.store, room.workspace_id, room.jonas.id)
    assert [(one.owner_id, one.steps) for one in mine] == [(room.jonas.id, [Assign(room.mia.id)])]
    assert await macros.of_agent(room.desk.store, room.workspace_id, room.mia.id) == []
    assert report.lines[0].macro_id == mine[0].id


TEXT = table({"Name": "Grüße", "Description": "Schöne Grüße, “Ada” – 5 €"})


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_usual_encoding_is_read(name: str) -> None:
    found = sheet.read(TEXT.encode(name))
    assert [row.cells["description"] for row in found.rows] == ["Schöne Grüße, “Ada” – 5 €"]


def test_latin_1_is_read() -> None:
    assert sheet.read("Name,Description\nGrüße,Ça va\n".encode("latin-1")).rows[0].cells["description"] == "Ça va"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_usual_separator_is_read(separator: str) -> None:
    text = table({"Name": 'a "quoted"; name', "Description": "one,\ntwo|\tthree"}, separator=separator)
    [row] = sheet.read(text.encode()).rows
    assert (row.cells["name"], row.cells["description"]) == ('a "quoted"; name', "one,\ntwo|\tthree")


@pytest.mark.parametrize(
    ("content", "refusal", "words"),
    [
        (b"", Refused, "empty"),
        (b"\xff\xfe", Refused, "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Refused, "no column Name"),
        (b"Title,Text\na,b\n", Refused, "no column Name"),
        (b"Name,Description\na," + b"x" * 150_000, Refused, "not a table"),
        (b"Name\n" + b"a\n" * (sheet.MOST_ROWS + 1), TooLarge, "more than 2000"),
        (b"Name\n" + b"a" * sheet.MOST_BYTES, TooLarge, "larger"),
    ],
    ids=["empty", "only a mark", "a picture", "another table", "a huge cell", "too many rows", "too large"],
)
def test_a_file_that_is_no_such_table_is_refused_with_a_word(content: bytes, refusal: type[Refused], words: str) -> None:
    with pytest.raises(refusal, match=words) as refused:
        sheet.read(content)
    assert refused.value.field == "file" and refused.value.hint


async def test_formulas_and_markup_are_only_text(room: Room) -> None:
    cells = ['=HYPERLINK("http://x","y")', "+1+1", "-1", "@SUM(A1)", "'=cmd|' /C calc'!A0", "<script>alert(1)</script>x"]
    report = await brought(room, table(*[{"Name": cell, "Description": cell} for cell in cells]))
    assert [line.name for line in report.lines] == [*cells[:4], cells[4][1:], cells[5]]
    assert not any("<script" in one.html for one in await macros.shared(room.desk.store, room.workspace_id))


async def test_columns_nobody_knows_are_named(room: Room) -> None:
    report = await brought(room, "name,DESCRIPTION,Shelf,available to - agents\nOne,Hi,3,all\n")
    assert (report.strange, report.lines[0].outcome) == (["Shelf"], "made")


NOBODY = Known([], [], [], [], [], [], [])
cell = st.text(max_size=60) | st.sampled_from(
    ["=1+1", "'=x", '{"propertyName":', "[1,[2]]", '{"value":{"a":1},"displayName":"x"}', "\0", "::", "null"]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(cell, min_size=13, max_size=13), max_size=5), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_table_gives_rows_whose_steps_can_be_kept(rows: list[list[str]], name: str) -> None:
    content = table(*rows).encode(name, errors="replace")
    try:
        found = sheet.read(content)
    except Refused as error:
        assert error.field == "file"
        return
    for row in found.rows:
        one = reading.meant(row, NOBODY)
        assert step.read(step.kept(one.steps)) == one.steps
        assert one.html == rich_text.clean(one.html) and "\0" not in one.name + one.html


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        sheet.read(b"Name,Description\n" + content)
        sheet.read(content)
    except Refused as error:
        assert error.field == "file" and error.hint


async def test_what_a_desk_knows_is_read_in_one_go(room: Room) -> None:
    there = await known.read(room.desk.store, room.workspace_id, agent_id=room.mia.id)
    assert there.names[room.mia.id] == "Mia"
