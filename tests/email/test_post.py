"""Replies by e-mail: what arrives at a real mail server, what happens when that misbehaves, and that nothing leaves twice."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.conversations.room import Room
from tests.email.office import ADDRESS, Office
from tests.support.mail_server import DROP, HANG, MailServer, Step, certificate
from tillside.agents import signature
from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.conversations import answering, attachments, deliveries, message
from tillside.conversations.message import Said
from tillside.email import letter, post, schedule

pytestmark = pytest.mark.anyio

BEFORE_THE_DOT: list[Step] = ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"]


async def test_a_reply_arrives_with_thread_signature_and_files(office: Office) -> None:
    room, peer = office.room, office.peer
    async with room.desk.store.write() as tx:
        await signature.keep(tx, room.workspace_id, room.mia.id, "Mia Lund\nFern & Fold, Bergen")
    talk = await office.began(external_id="<opened@example.com>")
    file = await attachments.keep(room.desk.store, room.desk.data, room.workspace_id, b"%PDF-1", name="Faktura ø.pdf", limit=100, by=room.mia)
    words = Said("It left today.", "<p>It left <b>today</b>.</p>", attachments=(file.id,))
    first = (await room.do(answering.reply, talk, words, by=room.mia))[1]
    await office.carry()
    (taken,) = peer.taken
    read = taken.letter
    assert (taken.sender, taken.recipient) == ("desk@fern.example", ADDRESS)
    assert read["From"] == "Mia at Fern & Fold <desk@fern.example>" and read["To"] == "Ada Løv <ada@example.com>"
    assert (read["Subject"], read["Reply-To"]) == ("Re: Parcel 1001", "help@fern.example")
    assert read["Message-ID"] == f"<{first.id}@fern.example>"
    assert read["References"].split() == ["<opened@example.com>", "<first@example.com>"] and read["In-Reply-To"] == "<first@example.com>"
    assert "Auto-Submitted" not in read and "Bcc" not in read
    plain, rich = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None and plain.get_content() == "It left today.\r\n\r\n-- \r\nMia Lund\r\nFern & Fold, Bergen\r\n"
    assert rich is not None and "<p>It left <b>today</b>.</p>" in rich.get_content() and "Fern &amp; Fold" in rich.get_content()
    assert [(one.get_filename(), one.get_content()) for one in read.iter_attachments()] == [("Faktura ø.pdf", b"%PDF-1")]
    assert (await office.now(first)).state == "sent" and await office.carry(stamps.DAY) == 0
    second = await office.replied("And here it is.", to=talk)
    await office.carry()
    again = peer.taken[1].letter
    assert again["References"].split() == ["<opened@example.com>", f"<{first.id}@fern.example>", "<first@example.com>"]
    assert again["Message-ID"] == f"<{second.id}@fern.example>" and again["In-Reply-To"] == "<first@example.com>"


async def test_copies_get_the_letter_and_one_that_is_refused_does_not_hold_it_up(office: Office) -> None:
    office.peer.nobody = {"gone@shop.example"}
    via = {"channel": "email", "cc": ["Boss@shop.example", "gone@shop.example", ADDRESS, "desk@fern.example"], "bcc": ["audit@shop.example"]}
    talk = await office.began()
    reply = (await office.room.do(answering.reply, talk, Said("It left today.", via={**via, "subject": "Your\r\nparcel"}), by=office.room.mia))[
        1
    ]
    await office.carry()
    (taken,) = office.peer.taken
    assert (taken.recipient, taken.copies) == (ADDRESS, ["boss@shop.example", "audit@shop.example"])
    assert taken.letter["Cc"] == "boss@shop.example, gone@shop.example" and taken.letter["Subject"] == "Your parcel"
    assert b"audit" not in taken.content and "Auto-Submitted" not in taken.letter
    told = await office.now(reply)
    assert told.state == "sent" and told.reason == "Not to gone@shop.example: 550 5.1.1 no such person"
    office.peer.nobody = {ADDRESS}
    other = await office.replied("And more.", to=talk)
    await office.carry()
    assert (await office.now(other)).state == "failed" and len(office.peer.taken) == 1


async def test_notes_other_channels_and_what_is_only_written_down_never_leave(office: Office) -> None:
    room = office.room
    talk = await office.began()
    await room.do(answering.note, talk, Said("canary: they are a pain"), by=room.mia)
    await room.replied(talk, "told by phone", delivers=False)
    await room.replied(await office.open("messenger"), "by the messenger")
    _, later = await room.replied(talk, "tomorrow", send_at=stamps.now() + stamps.DAY)
    assert await office.carry(stamps.HOUR) == 0 and office.peer.commands == []
    await room.do(answering.send, room.workspace_id, later.id)
    await office.carry()
    assert len(office.peer.taken) == 1 and b"canary" not in office.peer.taken[0].content


async def test_where_the_shop_writes_first_the_letter_goes_to_whom_it_wrote(office: Office) -> None:
    source = {"from": {"address": "sales@fern.example"}, "to": {"address": "bea@example.com", "name": "Bea"}}
    talk = await office.open("email", source=source, subject="Your order")
    await office.replied("We have news.", to=talk)
    await office.replied("And more.", to=talk)
    await office.carry()
    assert [one.recipient for one in office.peer.taken] == ["bea@example.com"] * 2
    assert [one.letter["Subject"] for one in office.peer.taken] == ["Your order", "Re: Your order"]
    assert office.peer.taken[0].letter["Reply-To"] == "sales@fern.example"


async def test_large_files_and_files_elsewhere_go_as_links(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    room = office.room
    monkeypatch.setattr(letter, "MOST_BYTES", 10)
    small, large = [
        await attachments.keep(room.desk.store, room.desk.data, room.workspace_id, content, name=name, limit=100, by=room.mia)
        for name, content in (("small.txt", b"small"), ("large.txt", b"much too large"))
    ]
    talk = await office.began()
    await room.do(answering.reply, talk, Said("Look", attachments=(small.id, large.id)), by=room.mia)
    await office.carry()
    read = office.peer.taken[0].letter
    plain = read.get_body(("plain",))
    assert [one.get_filename() for one in read.iter_attachments()] == ["small.txt"]
    assert plain is not None and f"large.txt: https://desk.example/files/{large.id}" in plain.get_content()


@pytest.mark.parametrize("step", [*BEFORE_THE_DOT, "dot"])
async def test_a_server_that_says_later_is_asked_again_and_the_letter_keeps_its_name(office: Office, step: Step) -> None:
    office.peer.faults, office.peer.once = {step: "451 4.7.1 come again later"}, True
    reply = await office.replied()
    await office.carry()
    way = await office.way(reply)
    assert (way.state, way.attempts) == ("waiting", 1) and "come again later" in way.reason
    assert (await office.now(reply)).state == "stored" and "come again later" in (await office.now(reply)).reason
    assert await office.carry() == 0 and office.peer.taken == []
    await office.carry(stamps.MINUTE)
    assert office.peer.ids() == [f"<{reply.id}@fern.example>"]
    assert ((await office.now(reply)).state, (await office.now(reply)).reason) == ("sent", "")


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
async def test_a_server_that_says_never_ends_it_in_its_own_words(office: Office, step: Step) -> None:
    office.peer.faults = {step: "550-5.1.1 there is nobody\r\n550 5.1.1 by that name"}
    reply = await office.replied()
    await office.carry()
    now = await office.now(reply)
    assert (now.state, now.reason) == ("failed", "550 5.1.1 there is nobody 5.1.1 by that name")
    assert await office.carry(stamps.DAY) == 0 and office.peer.taken == []


@pytest.mark.parametrize("step", BEFORE_THE_DOT)
async def test_a_line_that_breaks_before_the_dot_is_tried_again(office: Office, step: Step) -> None:
    """The file is larger than what the two sides' buffers hold, so that a line cut in the middle is noticed in the middle."""
    room = office.room
    office.peer.faults, office.peer.once = {step: DROP}, True
    size = 12_000_000 if step == "content" else 10
    keep = attachments.keep(room.desk.store, room.desk.data, room.workspace_id, b"x" * size, name="x.bin", limit=size, by=room.mia)
    reply = (await room.do(answering.reply, await office.began(), Said("Look", attachments=((await keep).id,)), by=room.mia))[1]
    await office.carry()
    assert (await office.way(reply)).state == "waiting" and office.peer.taken == []
    await office.carry(stamps.MINUTE)
    assert len(office.peer.taken) == 1


@pytest.mark.parametrize("step", ["dot", "taken"])
async def test_a_line_that_breaks_after_the_dot_leaves_it_to_people(office: Office, step: Step) -> None:
    office.peer.faults, office.peer.once = {step: DROP}, True
    reply = await office.replied()
    await office.carry()
    now = await office.now(reply)
    assert now.state == "perhaps" and "may have arrived" in now.reason
    assert await office.carry(stamps.DAY) == 0
    was_there = len(office.peer.taken)
    await office.room.do(answering.send_again, office.room.workspace_id, reply.id, by=office.room.mia)
    assert (await office.now(reply)).state == "stored"
    await office.carry()
    assert office.peer.ids() == [f"<{reply.id}@fern.example>"] * (was_there + 1) and (await office.now(reply)).state == "sent"


@pytest.mark.parametrize(("step", "state"), [("MAIL", "waiting"), ("dot", "perhaps")])
async def test_a_server_that_hangs_is_waited_for_so_long_and_no_longer(room: Room, peer: MailServer, step: Step, state: str) -> None:
    office = Office(room, peer, smtp_seconds=0.3)
    peer.faults, peer.once = {step: HANG}, True
    reply = await office.replied()
    await office.carry()
    assert (await office.way(reply)).state == state and "did not answer in time" in (await office.now(reply)).reason


async def test_where_no_server_listens_a_letter_is_tried_for_two_days_and_given_up(room: Room) -> None:
    with MailServer() as gone:
        office = Office(room, gone)
    reply = await office.replied()
    waits = []
    while (await office.way(reply)).state == "waiting":
        due = (await office.way(reply)).due_at
        assert due is not None
        waits.append(due)
        office.clock[0] = max(due, office.clock[0])
        await office.carry()
    now = await office.now(reply)
    assert now.state == "failed" and now.reason.startswith("Given up after two days: The mail server 127.0.0.1")
    assert 15 < len(waits) < 25 and schedule.GIVE_UP - 5 * stamps.HOUR < waits[-1] - waits[0] < schedule.GIVE_UP + 5 * stamps.HOUR


async def test_several_carriers_at_the_same_moment_send_every_letter_once(room: Room, peer: MailServer) -> None:
    ones = [Office(room, peer) for _ in range(4)]
    talks = [await ones[0].began() for _ in range(3)]
    sent = [await ones[0].replied(f"reply {n}", to=talk) for talk in talks for n in range(3)]
    await asyncio.gather(*[one.carry() for one in ones])
    assert sorted(peer.ids()) == sorted(f"<{one.id}@fern.example>" for one in sent)


async def test_the_letters_of_a_conversation_leave_in_their_order(office: Office) -> None:
    talks = [await office.began() for _ in range(3)]
    sent = [await office.replied(f"reply {n}", to=talk) for n in range(4) for talk in talks]
    await office.carry()
    for talk in talks:
        ids = [f"<{one.id}@fern.example>" for one in sent if one.conversation_id == talk.id]
        assert [one for one in office.peer.ids() if one in ids] == ids


async def test_a_carrier_that_died_before_the_dot_is_followed_by_another(office: Office) -> None:
    reply = await office.replied()
    store, at = office.room.desk.store, stamps.now()
    dead = await deliveries.hold(store, await office.way(reply), at=at, until=at + stamps.MINUTE, letter_id="<first-name@fern.example>")
    assert dead is not None and await office.carry() == 0
    await office.carry(2 * stamps.MINUTE)
    assert office.peer.ids() == ["<first-name@fern.example>"]
    assert not await deliveries.launch(store, dead, until=at), "the dead one comes back, and must not send"


async def test_a_carrier_that_died_after_it_said_sending_is_perhaps_and_may_still_settle_it(office: Office) -> None:
    room, reply = office.room, await office.replied()
    store, at = room.desk.store, stamps.now()
    dead = await deliveries.hold(store, await office.way(reply), at=at, until=at + stamps.MINUTE, letter_id="<x@fern.example>")
    assert dead is not None and await deliveries.launch(store, dead, until=at + stamps.MINUTE)
    await office.carry(2 * stamps.MINUTE)
    now = await office.now(reply)
    assert (now.state, now.reason) == ("perhaps", post.LOST) and office.peer.taken == []
    assert await room.do(deliveries.settle, dead, "sent", at=at), "it was only slow"
    assert (await office.way(reply)).state == "sent"
    assert not await room.do(deliveries.again, room.workspace_id, reply.id)


@pytest.mark.parametrize(("step", "state", "taken"), [("DATA", "waiting", 0), ("taken", "perhaps", 1)])
async def test_a_desk_that_stops_does_not_wait_for_a_mail_server(
    office: Office, monkeypatch: pytest.MonkeyPatch, step: Step, state: str, taken: int
) -> None:
    monkeypatch.setattr(post, "_LAST_SECONDS", 0.0)
    office.peer.faults = {step: HANG}
    reply = await office.replied()
    carrying = asyncio.create_task(office.carry())
    await asyncio.to_thread(office.peer.reached.wait, 10)
    office.is_stopping = True
    async with asyncio.timeout(10):
        await carrying
    way = await office.way(reply)
    assert (way.state, way.attempts, len(office.peer.taken)) == (state, 0 if state == "waiting" else 1, taken)


async def test_what_was_removed_meanwhile_does_not_leave(office: Office) -> None:
    reply = await office.replied()
    await office.room.do(answering.remove, reply, by=office.room.mia)
    await office.carry()
    assert (await office.way(reply)).state == "dropped" and office.peer.commands == []


async def test_what_waited_for_days_for_a_first_server_is_not_sent_all_at_once(office: Office) -> None:
    reply = await office.replied()
    await office.carry(3 * stamps.DAY)
    assert ((await office.now(reply)).reason, office.peer.commands) == (post.STALE, [])
    await office.room.do(answering.send_again, office.room.workspace_id, reply.id, by=office.room.mia)
    office.clock[0] = stamps.now()
    await office.carry()
    assert len(office.peer.taken) == 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({}, "The customer has no e-mail address here."),
        ({"from": {"address": "Desk@fern.example"}}, "The customer's address is the desk's own."),
        ({"from": {"address": "ada@example.com>\r\nRCPT TO:<eve@example.com"}}, "is not an e-mail address"),
        ({"from": {"address": "blåbær@example.com"}}, "does not take addresses with letters"),
    ],
)
async def test_without_an_address_it_fails_in_words(office: Office, source: dict[str, dict[str, str]], reason: str) -> None:
    reply = await office.replied(to=await office.began(source=source))
    await office.carry()
    now = await office.now(reply)
    assert now.state == "failed" and reason in now.reason and office.peer.taken == []


async def test_only_what_failed_or_waits_is_sent_again(office: Office) -> None:
    reply = await office.replied()
    await office.carry()
    with pytest.raises(Conflict):
        await office.room.do(answering.send_again, office.room.workspace_id, reply.id, by=office.room.mia)
    talk = await office.began()
    note = (await office.room.do(answering.note, talk, Said("hm"), by=office.room.mia))[1]
    with pytest.raises(Conflict):
        await office.room.do(answering.send_again, office.room.workspace_id, note.id, by=office.room.mia)
    assert len(office.peer.taken) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_letters_leave_secured_and_signed_in(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: str) -> None:
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with MailServer(certificate=pem, tls=tls, users={"desk": "päss word"}) as peer:  # type: ignore[arg-type]  # the two words above
        office = Office(room, peer, smtp_security=tls, smtp_user="desk", smtp_password="päss word")
        await office.replied()
        await office.carry()
        assert [(one.signed_in, one.secured) for one in peer.taken] == [("desk", True)]
        wrong = Office(room, peer, smtp_security=tls, smtp_user="desk", smtp_password="guessed")
        reply = await wrong.replied()
        await wrong.carry()
        assert (await wrong.way(reply)).state == "waiting" and "does not let us in: 535" in (await wrong.now(reply)).reason
        monkeypatch.delenv("SSL_CERT_FILE")
        reply = await office.replied()
        await office.carry()
        assert "certificate" in (await office.now(reply)).reason.lower() and len(peer.taken) == 1


async def test_without_starttls_nothing_is_said_in_the_clear(room: Room, peer: MailServer) -> None:
    office = Office(room, peer, smtp_security="starttls", smtp_user="desk", smtp_password="secret")
    reply = await office.replied()
    await office.carry()
    assert "offers no STARTTLS" in (await office.now(reply)).reason
    assert [one.split(" ")[0] for one in peer.commands] == ["EHLO"]


async def test_what_a_server_says_ahead_of_tls_is_not_believed(room: Room, tmp_path: Path) -> None:
    with MailServer(certificate=certificate(tmp_path), tls="starttls") as peer:
        peer.faults = {"STARTTLS": "220 go ahead\r\n250-mail.example\r\n250 AUTH PLAIN"}
        office = Office(room, peer, smtp_security="starttls", smtp_user="desk", smtp_password="secret")
        reply = await office.replied()
        await office.carry()
        assert "before the connection was secured" in (await office.now(reply)).reason
        assert not any(one.startswith("AUTH") for one in peer.commands)


async def test_another_workspace_s_replies_are_not_seen(office: Office) -> None:
    reply = await office.replied()
    foreign = replace(reply, workspace_id=reply.workspace_id + 1)
    store = office.room.desk.store
    assert await deliveries.of_messages(store, foreign.workspace_id, [reply.id]) == {}
    assert await deliveries.letters(store, foreign.workspace_id, reply.conversation_id, count=10) == {}
    assert not await office.room.do(deliveries.again, foreign.workspace_id, reply.id)
    assert (await message.by_id(store, reply.workspace_id, reply.id)).state == "stored"
