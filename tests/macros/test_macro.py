"""Answers written once: variables filled in, holes told, values that are no markup."""

import pytest

from tests.conversations.room import Room
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.macros import macro as macros
from tillside.macros import texts

pytestmark = pytest.mark.anyio
KNOWN = {"customer.first_name": "Ada <b>", "order.name": "#1001", "agent.first_name": "Mia"}


@pytest.mark.parametrize(
    ("text", "filled", "missing"),
    [
        ("Hi {{customer.first_name}}", "Hi Ada &lt;b&gt;", []),
        ("Hi {{ customer.last_name | there }}, 100% sure", "Hi there, 100% sure", []),
        ("%First Name%, order %Order Name%: %Order Tracking URL%", "Ada &lt;b&gt;, order #1001: ", ["order.tracking_url"]),
        ("%Not A Name% {{customer.nothing}}", "%Not A Name% ", ["customer.nothing"]),
        ("{{customer.first_name}} {{customer.first_name", "Ada &lt;b&gt; {{customer.first_name", []),
    ],
)
async def test_variables_are_filled_in_and_holes_are_told(text: str, filled: str, missing: list[str]) -> None:
    assert texts.fill(text, KNOWN) == texts.Filled(filled, missing)


async def test_a_subject_is_filled_as_text() -> None:
    assert texts.fill("{{customer.first_name}}", KNOWN, is_html=False).text == "Ada <b>"


async def test_a_macro_is_everybody_s_or_one_s_own(room: Room) -> None:
    w, store = room.workspace_id, room.desk.store
    wismo = await room.do(macros.add, w, "Where is my parcel", "<p>Hi {{customer.first_name}}<script>x</script></p>", tags=["wismo"])
    own = await room.do(macros.add, w, "Bye", "<p>Bye</p>", owner_id=room.mia.id)
    assert wismo.html == "<p>Hi {{customer.first_name}}</p>" and texts.variables(wismo.html) == ["customer.first_name"]
    assert [one.name for one in await macros.of_agent(store, w, room.mia.id)] == ["Bye", "Where is my parcel"]
    assert [one.name for one in await macros.of_agent(store, w, room.jonas.id)] == ["Where is my parcel"]
    with pytest.raises(Unknown):
        await macros.by_id(store, w, own.id, agent_id=room.jonas.id)
    with pytest.raises(Conflict):
        await room.do(macros.add, w, "where is MY parcel", "<p>x</p>")
    with pytest.raises(Refused):
        await room.do(macros.add, w, "Empty", "<p></p>")
    await room.do(macros.used, wismo)
    await room.do(macros.change, wismo, name="Parcel", html="<p>New</p>", subject="", steps=[])
    now = await macros.by_id(store, w, wismo.id, agent_id=room.mia.id)
    assert (now.name, now.html, now.uses) == ("Parcel", "<p>New</p>", 1)
    await room.do(macros.remove, wismo)
    assert [one.name for one in await macros.of_agent(store, w, room.jonas.id)] == []
