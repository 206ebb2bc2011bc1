"""Building a letter from parts that came from anywhere: whatever they hold, the letter has the headers meant here and no others."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal

import idna
from msgspec import Struct

from tillside.base import stamps
from tillside.base.smtp import Undeliverable

Automatic = Literal["", "auto-generated", "auto-replied"]
_POLICY = SMTP.clone(cte_type="7bit")
_LETTER_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_LOCAL = re.compile(r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]{1,64}")
_LONGEST_NAME, LONGEST_SUBJECT = 120, 500


class Party(Struct, frozen=True):
    """Somebody with an address, and how they are called."""

    address: str
    name: str = ""


class File(Struct, frozen=True):
    name: str
    media_type: str
    content: bytes


class Letter(Struct, frozen=True, kw_only=True):
    """`id` and `answers` are Message-IDs with their angle brackets; of `answers`, the last is the one this letter replies to.

    `automatic`: how RFC 3834 calls a letter nobody wrote by hand; `copies` stand in it as Cc, `blind` nowhere but on the envelope.
    """

    id: str
    at: int
    sender: Party
    recipient: Party
    copies: Sequence[Party] = ()
    blind: Sequence[str] = ()
    subject: str
    text: str
    html: str = ""
    reply_to: str = ""
    answers: Sequence[str] = ()
    automatic: Automatic = ""
    files: Sequence[File] = ()


def built(letter: Letter) -> bytes:
    """The letter as it travels, in ASCII unless an address cannot be. Raises Undeliverable for an address that is none."""
    message = EmailMessage(policy=_POLICY)
    try:
        sender, recipient, copies = _header(letter.sender), _header(letter.recipient), [_header(one) for one in letter.copies]
        message["Date"] = datetime.fromtimestamp(letter.at / stamps.SECOND, UTC)
        message["From"], message["To"] = sender, recipient
        if copies:
            message["Cc"] = copies
        if letter.reply_to:
            message["Reply-To"] = _header(Party(letter.reply_to))
        message["Subject"] = line(letter.subject, LONGEST_SUBJECT)
        if letter.automatic:
            message["Auto-Submitted"] = letter.automatic
            message["X-Auto-Response-Suppress"] = "All"
        message.set_content(_text(letter.text), cte="quoted-printable")
        if letter.html:
            message.add_alternative(_text(letter.html), subtype="html", cte="quoted-printable")
        for file in letter.files:
            kind, _, subtype = (file.media_type or "application/octet-stream").partition("/")
            message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=line(file.name, 120) or "file")
    except (MessageError, ValueError) as error:
        raise Undeliverable(f"No letter can be made of this: {error}") from error
    is_wide = not "".join(one.addr_spec for one in (sender, recipient, *copies)).isascii()
    return _thread(letter) + message.as_bytes(policy=_POLICY.clone(utf8=True) if is_wide else _POLICY)


def address(said: str) -> str:
    """An address as mail servers know it, its domain in ASCII. Raises Undeliverable."""
    local, at, domain = said.strip().rpartition("@")
    is_local = _LOCAL.fullmatch(local) and not local.startswith(".") and not local.endswith(".") and ".." not in local
    try:
        host = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        host = ""
    if not at or not is_local or not host or len(host) > 253 or not re.fullmatch(r"[a-z0-9._-]+", host) or "." not in host.strip("."):
        raise Undeliverable(f"“{line(said, 100)}” is not an e-mail address.")
    return f"{unicodedata.normalize('NFC', local)}@{host}"


def plain_address(said: str) -> str:
    """The same in small letters, for one among several: with nothing but ASCII, which every mail server takes. Raises Undeliverable."""
    found = address(said).lower()
    if not found.isascii():
        raise Undeliverable(f"“{line(said, 100)}” has letters beyond a to z before the @.")
    return found


def line(said: str, longest: int) -> str:
    """One line of a header: no control character, no mark that hides or turns text, bounded."""
    kept = "".join(mark if unicodedata.category(mark) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co") else " " for mark in said[: 4 * longest])
    return " ".join(kept.split())[:longest]


def is_letter_id(said: str) -> bool:
    """Whether this is a Message-ID as others write it."""
    return _LETTER_ID.fullmatch(said) is not None and "@" in said


def domain_of(sender: str) -> str:
    return address(sender).rpartition("@")[2]


def _header(party: Party) -> Address:
    local, _, host = address(party.address).rpartition("@")
    return Address(display_name=line(party.name, _LONGEST_NAME), username=local, domain=host)


def _text(said: str) -> str:
    """Lines with line feeds; no NUL and no half of a pair, which no charset carries."""
    clean = said.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return clean.encode("utf-8", "replace").decode("utf-8")


def _thread(letter: Letter) -> bytes:
    """Message-ID, In-Reply-To, References. Written here since the standard library encodes an id that is longer than a line, which no
    reader then knows again; each passed a pattern that holds no space, break or bracket."""
    answers = [one for one in letter.answers if is_letter_id(one)]
    if not is_letter_id(letter.id):
        raise Undeliverable("This letter has no id.")
    lines = [f"Message-ID: {letter.id}"]
    if answers:
        lines += [f"In-Reply-To: {answers[-1]}", "References: " + "\r\n ".join(answers)]
    return "".join(f"{one}\r\n" for one in lines).encode("ascii")
