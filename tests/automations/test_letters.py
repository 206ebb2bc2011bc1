"""What rules send by e-mail: replies with a subject and copies, replies from other channels, and messages that are sent on."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.automations.automated import Automated, says
from tests.conversations.room import ADA
from tests.email.office import ADDRESS, FROM_ADA, Office
from tests.support.mail_server import DROP, MailServer
from tillside.automations import exchange
from tillside.automations import rule as rules
from tillside.automations.rule import Forward, Trigger
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.conversations import answering, attachments, message, opening, participants
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message, Said
from tillside.conversations.opening import Opening
from tillside.macros import known, step
from tillside.messenger import shelf

pytestmark = pytest.mark.anyio

REPAIRS = "repairs@supplier.example"


@pytest.fixture
def office(desk: Automated) -> Iterator[Office]:
    with MailServer() as peer:
        yield Office(desk.room, peer)


async def forwarded(desk: Automated, one: Conversation) -> list[Message]:
    return [each for each in await message.page(desk.store, desk.w, one.id) if each.via.get("to")]


def body(letter: EmailMessage) -> str:
    plain = letter.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content()).replace("\r\n", "\n")


async def test_a_reply_leaves_under_its_subject_with_its_copies(desk: Automated, office: Office) -> None:
    reply = step.Reply(
        "<p>Good day, {{customer.name|you}}.</p>", "About #{{conversation.number}}", ["Boss@shop.example"], ["audit@shop.example"]
    )
    rule = await desk.rule("reply", "Answers", [reply])
    one = await desk.begins(source=FROM_ADA)
    assert (await desk.trail(one, "rule_applied"))[0].detail["did"] == [
        "Reply “Good day, {{customer.name|you}}.”, subject “About #{{conversation.number}}”, copied to boss@shop.example,"
        " unseen to audit@shop.example"
    ]
    await office.carry()
    (taken,) = office.peer.taken
    assert (taken.recipient, taken.copies) == (ADDRESS, ["boss@shop.example", "audit@shop.example"])
    assert (taken.letter["Subject"], taken.letter["Cc"]) == (f"About #{one.number}", "boss@shop.example")
    assert taken.letter["Auto-Submitted"] == "auto-replied" and b"audit" not in taken.content
    assert [(each.address, each.role) for each in await participants.of_conversation(desk.store, desk.w, one.id)] == [
        ("boss@shop.example", "cc")
    ]
    assert rule.terms.steps == [step.Reply("<p>Good day, {{customer.name|you}}.</p>", reply.subject, ["boss@shop.example"], reply.bcc)]


async def test_what_a_customer_wrote_is_sent_on_once_and_no_shopper_reads_it(desk: Automated, office: Office) -> None:
    steps = [Forward(REPAIRS, "<p>Please look at this.</p>", "", ["boss@shop.example"])]
    await desk.rule("tagging", "To repairs", steps, blocks=[says("broken")])
    async with desk.store.write() as tx:
        one = await opening.open(tx, desk.w, Opening(channel="email", subject="A pen", source=FROM_ADA), by=ADA)
    file = await attachments.keep(desk.store, desk.room.desk.data, desk.w, b"%PDF-1", name="pen.pdf", limit=100, by=desk.room.mia)
    words = Said("It came <broken>.", attachments=(file.id,), external_id="<first@example.com>")
    one = (await desk.room.do(answering.hear, one, words, by=ADA))[0]
    await desk.caught_up()
    (sent,) = await forwarded(desk, one)
    assert (sent.kind, sent.source, sent.author.kind) == ("note", "rule", "rule")
    assert [each.text for each in await shelf.thread(desk.store, await desk.room.now(one))] == ["It came <broken>."]
    office.peer.faults, office.peer.once = {"RCPT": "451 later"}, True
    await office.carry()
    assert (await office.way(sent)).state == "waiting" and office.peer.taken == []
    assert await desk.rings(60) == 0 and len(await forwarded(desk, one)) == 1, "nothing of it wakes a rule"
    await office.carry(stamps.HOUR)
    await office.carry(stamps.DAY)
    (taken,) = office.peer.taken
    assert (taken.recipient, taken.copies) == (REPAIRS, ["boss@shop.example"])
    letter = taken.letter
    assert (letter["Subject"], letter["Reply-To"]) == ("Fwd: A pen", "help@fern.example")
    assert (letter["Auto-Submitted"], letter["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert "References" not in letter and letter["Message-ID"] == f"<{sent.id}@fern.example>"
    text = body(letter)
    assert text.startswith("Please look at this.\n\n") and "From: Ada <ada@example.com>" in text and text.rstrip().endswith("It came <broken>.")
    assert [each.get_filename() for each in letter.iter_attachments()] == ["pen.pdf"]
    assert (await office.now(sent)).state == "sent" and (await desk.room.now(one)).waiting_since is not None


async def test_what_perhaps_left_is_not_sent_on_twice(desk: Automated, office: Office) -> None:
    await desk.rule("tagging", "To repairs", [Forward(REPAIRS)])
    one = await desk.begins(source=FROM_ADA)
    (sent,) = await forwarded(desk, one)
    office.peer.faults = {"taken": DROP}
    await office.carry()
    await office.carry(stamps.DAY)
    assert (await office.now(sent)).state == "perhaps" and len(office.peer.taken) == 1
    office.peer.faults = {}
    await desk.room.do(answering.send_again, desk.w, sent.id, by=desk.room.mia)
    await office.carry()
    assert office.peer.ids() == [office.peer.ids()[0]] * 2 and (await office.now(sent)).state == "sent"


async def test_nothing_is_sent_on_in_a_circle(desk: Automated, office: Office) -> None:
    """Neither to the customer, nor to where they wrote, nor to the desk's own address, nor a letter of ours that came back."""
    for to, copy in ((ADDRESS, "a@shop.example"), ("help@fern.example", "a@shop.example"), (REPAIRS, ADDRESS)):
        rule = await desk.rule("tagging", "Round", [Forward(to, bcc=[copy])])
        one = await desk.begins(source=FROM_ADA)
        (failed,) = await desk.trail(one, "rule_failed")
        assert "is the customer's, or one that they write to" in failed.detail["reason"] and not await forwarded(desk, one)
        await desk.room.do(rules.remove, rule)
    await desk.rule("tagging", "To ourselves", [Forward("desk@fern.example")])
    one = await desk.begins(source=FROM_ADA)
    (sent,) = await forwarded(desk, one)
    await office.carry()
    assert (await office.now(sent)).reason == "This address is the desk's own." and office.peer.taken == []
    await desk.rule("tagging", "To repairs", [Forward(REPAIRS)])
    one = await desk.begins(source=FROM_ADA)
    await office.carry()
    (taken,) = office.peer.taken
    back = await desk.room.do(opening.open, desk.w, Opening(channel="email", source={"from": {"address": REPAIRS}}), by=ADA)
    await desk.room.do(answering.hear, back, Said("We are away.", external_id=taken.id), by=ADA)
    await desk.caught_up()
    assert not await forwarded(desk, back) and "came back" in (await desk.trail(back, "rule_failed"))[0].detail["reason"]


async def test_a_message_of_the_messenger_is_sent_on_as_well(desk: Automated, office: Office) -> None:
    await desk.rule(
        "tagging", "To repairs", [Forward(REPAIRS, subject="{{customer.name|A visitor}} asks")], when=Trigger("customer_wrote", minutes=5)
    )
    one = await desk.begins("A pen <b>leaks</b>", channel="messenger", subject="")
    await desk.writes(one, "Hello?")
    await desk.rings(6)
    await office.carry(stamps.HOUR)
    assert {body(each.letter).rstrip().rpartition("\n")[2] for each in office.peer.taken} == {"A pen leaks", "Hello?"}
    assert {each.letter["Subject"] for each in office.peer.taken} == {"A visitor asks"}
    assert {each.letter["Reply-To"] for each in office.peer.taken} == {None}


@pytest.mark.parametrize(
    ("does", "field"),
    [
        (Forward("nowhere"), "steps.0.to"),
        (Forward("a@b.example\r\nBcc: eve@x.example"), "steps.0.to"),
        (Forward("ø@b.example"), "steps.0.to"),
        (Forward(REPAIRS, cc=["nowhere"]), "steps.0.cc"),
        (step.Reply("<p>Hi</p>", bcc=["a..b@shop.example"]), "steps.0.bcc"),
        (step.Reply("<p>Hi</p>", cc=[f"{number}@shop.example" for number in range(21)]), "steps.0.cc"),
    ],
)
async def test_an_address_that_is_none_is_refused_beside_its_step(desk: Automated, does: step.Reply | Forward, field: str) -> None:
    with pytest.raises(Refused) as refused:
        await desk.rule("reply", "Wrong", [does])
    assert refused.value.field == field


async def test_letters_go_from_desk_to_desk_as_they_are(desk: Automated) -> None:
    reply = step.Reply("<p>Hi</p>", "Thanks", ["a@shop.example"], ["b@shop.example"], by_mail=True)
    rule = await desk.rule("reply", "Answers", [reply, Forward(REPAIRS, "<p>Look</p>", "Broken")])
    text = await exchange.export(desk.store, desk.w)
    (again,) = (await desk.room.do(exchange.take_in, desk.w, text)).added
    assert again.terms == rule.terms
    told = exchange.told(rule, exchange.lexicon(await known.read(desk.store, desk.w)))
    assert told["steps"][1] == {"do": "forward", "to": REPAIRS, "html": "<p>Look</p>", "subject": "Broken"}
