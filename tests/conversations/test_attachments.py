"""Files of messages: on disk before anybody is told, read by signed address only, thrown away when no message took them."""

import pytest

from tests.conversations.room import Room
from tillside.base import stamps
from tillside.base.errors import Refused, TooLarge, Unknown
from tillside.conversations import answering, attachments, message
from tillside.conversations.attachments import Attachment
from tillside.storage import files

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


async def kept(room: Room, content: bytes = PNG, name: str = "crack.png") -> Attachment:
    return await attachments.keep(room.desk.store, room.desk.data, room.workspace_id, content, name=name, limit=1000, by=room.mia)


async def test_an_upload_waits_for_its_message(room: Room) -> None:
    one, file = await room.opened(), await kept(room)
    words = message.said("See the picture", attachments=(file.id,))
    _, said = await room.do(answering.reply, one, words, by=room.mia)
    found = (await attachments.of_messages(room.desk.store, room.workspace_id, [said.id]))[said.id]
    assert [(each.id, each.conversation_id, each.media_type, each.is_picture) for each in found] == [(file.id, one.id, "image/png", True)]
    assert await attachments.read(room.desk.data, found[0]) == PNG
    other, _ = await room.do(answering.reply, one, message.said("Again", attachments=(file.id,)), by=room.mia)
    assert len(await attachments.of_messages(room.desk.store, room.workspace_id, [said.id])) == 1, "a file belongs to one message"
    assert other.messages == 3


async def test_what_no_message_took_is_thrown_away_with_its_bytes(room: Room) -> None:
    loose, same = await kept(room), await kept(room, name="again.png")
    late = stamps.now() + attachments.LOOSE_FOR + stamps.MINUTE
    assert await attachments.tidy(room.desk.store, data=room.desk.data, at=stamps.now()) == 0
    assert loose.digest == same.digest
    assert await attachments.tidy(room.desk.store, data=room.desk.data, at=late, count=1) == 1
    assert files.path(room.desk.data, loose.digest).exists(), "the other upload still names it"
    assert await attachments.tidy(room.desk.store, data=room.desk.data, at=late) == 1
    assert not files.path(room.desk.data, loose.digest).exists()
    with pytest.raises(Unknown):
        await attachments.read(room.desk.data, loose)


async def test_limits_and_names(room: Room) -> None:
    with pytest.raises(TooLarge):
        await kept(room, bytes(1001))
    with pytest.raises(Refused):
        await kept(room, b"")
    assert (await kept(room, b"<script>", "..\\..\\a/b\u202egnp.exe")).name == "b_gnp.exe"
    assert attachments.media_type(b"<html>") == "application/octet-stream"


async def test_an_address_opens_one_file_only(room: Room) -> None:
    file, key = await kept(room), room.desk.vault.key("files")
    signature = attachments.address(key, file).split("/")[4]
    assert attachments.is_signed(key, room.workspace_id, file.id, signature)
    assert not attachments.is_signed(key, room.workspace_id + 1, file.id, signature)
    assert not attachments.is_signed(key, room.workspace_id, file.id + "x", signature)


@pytest.mark.parametrize("url", ["javascript:x", "ftp://x/y", "https://", "https://x/ y", "/etc/passwd"])
async def test_only_web_addresses_are_named(room: Room, url: str) -> None:
    with pytest.raises(Refused):
        await room.do(attachments.refer, room.workspace_id, url, by=room.mia)


async def test_a_file_elsewhere_keeps_its_address(room: Room) -> None:
    file = await room.do(attachments.refer, room.workspace_id, "https://files.example.com/a%20b/1.png?x=1", by=room.mia)
    assert (file.name, attachments.address(b"", file)) == ("1.png", "https://files.example.com/a%20b/1.png?x=1")
