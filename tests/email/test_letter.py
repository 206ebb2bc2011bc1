"""Letters: whatever their parts hold, they have the headers meant and no others; and the moment of the next try."""

import email.policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as any_

from tillside.base import mail, smtp, stamps
from tillside.base.mail import File, Letter, Party
from tillside.base.smtp import Undeliverable
from tillside.email import schedule

AT = 1_700_000_000 * stamps.SECOND
LONG_ID = f"<{'DB9PR04MB8345A1B2C3D4E5F60718293A4B5C6D' * 3}@{'eurprd04.prod.outlook.example.' * 3}com>"
HOSTILE = any_.text(any_.sampled_from("ab ä漢🧵,;:<>\"'()@\\=?.\r\n\0\t\x0b\x1c\x85\u2028\u202e\u200b"), max_size=60)
ANY_TEXT = any_.one_of(any_.text(max_size=200), HOSTILE)
HEADERS = ["Message-ID", "In-Reply-To", "References", "Date", "From", "To", "Reply-To", "Subject", "Content-Type", "MIME-Version"]


def letter(**more: object) -> Letter:
    given = {
        "id": "<msg_1@fern.example>",
        "at": AT,
        "sender": Party("desk@fern.example", "Mia at Fern & Fold"),
        "recipient": Party("ada@example.com", "Ada"),
        "subject": "Parcel",
        "text": "Hello\n",
        **more,
    }
    return Letter(**given)  # type: ignore[arg-type]  # the fields of a letter, some replaced by the test


def parsed(content: bytes) -> EmailMessage:
    found = BytesParser(policy=email.policy.default).parsebytes(content)
    assert isinstance(found, EmailMessage)
    return found


@given(name=ANY_TEXT, subject=ANY_TEXT, text=ANY_TEXT, file=ANY_TEXT)
@example(name="Ada\r\nBcc: eve@example.com", subject="Hi\r\n\r\nbody", text=".\r\n.\r\nQUIT", file='x"\r\nX-Evil: 1')
@example(name="ÅÄÖ, " * 40, subject="ä" * 400, text="", file="\ud800")
def test_no_part_of_a_letter_becomes_a_header(name: str, subject: str, text: str, file: str) -> None:
    content = mail.built(
        letter(
            sender=Party("desk@fern.example", name),
            recipient=Party("ada@example.com", name),
            subject=subject,
            text=text,
            html=f"<p>{text}</p>",
            reply_to="help@fern.example",
            answers=["<first@example.com>"],
            files=[File(file, "", b"bytes")],
        )
    )
    read = parsed(content)
    assert content.isascii() and max(map(len, content.split(b"\r\n"))) <= 998
    assert sorted(read.keys()) == sorted(HEADERS)
    assert [one.addr_spec for one in read["To"].addresses] == ["ada@example.com"]
    assert [one.addr_spec for one in read["From"].addresses] == ["desk@fern.example"]
    assert "\n" not in read["Subject"] and len(list(read.iter_attachments())) == 1


@given(content=any_.binary(max_size=300))
@example(content=b".\r\n.\n..\r.\r\n")
def test_no_text_ends_the_letter(content: bytes) -> None:
    lines = smtp.stuffed(content).split(b"\r\n")
    assert lines.pop() == b""
    assert b"." not in lines and not any(b"\r" in line or b"\n" in line for line in lines)
    back = [line[1:] if line.startswith(b".") else line for line in lines]
    assert back == (content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + b"\n").split(b"\n")[: len(back)]


def test_text_html_and_files_come_out_as_they_went_in() -> None:
    content = mail.built(
        letter(text="Grüße\n.\nFrom us\n", html="<p>Grüße</p>\n", files=[File("Rechnung ä.pdf", "application/pdf", b"%PDF-\r\n.\r\n")])
    )
    read = parsed(content)
    plain, rich = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None and plain.get_content() == "Grüße\r\n.\r\nFrom us\r\n"
    assert rich is not None and rich.get_content() == "<p>Grüße</p>\r\n"
    (file,) = read.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == ("Rechnung ä.pdf", "application/pdf", b"%PDF-\r\n.\r\n")
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]


def test_ids_of_any_length_stay_what_they_are() -> None:
    content = mail.built(letter(answers=[LONG_ID, "<b@example.com>", LONG_ID.replace("DB9", "XX")]))
    read = parsed(content)
    assert read["References"].split() == [LONG_ID, "<b@example.com>", LONG_ID.replace("DB9", "XX")]
    assert read["In-Reply-To"].strip() == LONG_ID.replace("DB9", "XX") and b"=?" not in content


@pytest.mark.parametrize("said", ["<a@b>\r\nBcc: x@y", "<a b@c>", "a@b", "<a@b><c@d>", "", "<>", "<a@é>", "<nothing>"])
def test_what_is_no_id_is_left_out(said: str) -> None:
    assert not mail.is_letter_id(said)
    assert "References" not in parsed(mail.built(letter(answers=[said])))


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("Ada@Example.COM", "Ada@example.com"),
        (" o'brien+tag@fern.example ", "o'brien+tag@fern.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@MÜNCHEN.example", "ada@xn--mnchen-3ya.example"),
        ("blåbær@fern.example", "blåbær@fern.example"),
    ],
)
def test_addresses_are_written_as_mail_servers_know_them(said: str, address: str) -> None:
    assert mail.address(said) == address


@pytest.mark.parametrize(
    "said",
    [
        "",
        "ada",
        "ada@",
        "@fern.example",
        "a b@c.example",
        "a@b.example>\r\nRCPT TO:<x@y.example",
        "a,b@c.example",
        "a@localhost",
        "[email protected]",
        ".a@b.example",
        "a@b..example",
        "a@-b_.example\n",
    ],
)
def test_what_is_no_address_gets_no_letter(said: str) -> None:
    with pytest.raises(Undeliverable):
        mail.built(letter(recipient=Party(said)))


def test_what_nobody_wrote_by_hand_says_so() -> None:
    assert parsed(mail.built(letter(automatic="auto-replied")))["Auto-Submitted"] == "auto-replied"
    assert "Auto-Submitted" not in parsed(mail.built(letter()))


@given(name=any_.text(max_size=20), attempts=any_.integers(1, 200), tried_for=any_.integers(0, 3 * schedule.GIVE_UP))
def test_a_next_try_comes_later_within_its_spread_or_never_after_two_days(name: str, attempts: int, tried_for: int) -> None:
    at = AT + tried_for
    found = schedule.next_try(name, attempts, since=AT, at=at)
    assert found == schedule.next_try(name, attempts, since=AT, at=at)
    if tried_for >= schedule.GIVE_UP:
        assert found is None
        return
    rest = schedule.RESTS[min(attempts, len(schedule.RESTS)) - 1] * stamps.SECOND
    assert found is not None and 0.8 * rest <= found - at <= 1.2 * rest


def test_letters_put_off_together_do_not_come_again_together() -> None:
    assert len({schedule.next_try(f"msg_{number}", 1, since=AT, at=AT) for number in range(50)}) == 50
