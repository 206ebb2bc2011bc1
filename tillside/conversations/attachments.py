"""Attachments: files of messages. The bytes lie beside the database (storage/files.py); a row says whose they are and what they are called.

A file is uploaded first, loose, and bound to its message when that is written. Whoever holds the signed address may read it; the
signature is made from the desk's own key, so nothing that grants access is stored.
"""

import asyncio
import hmac
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Refused, TooLarge, Unknown
from tillside.storage import files
from tillside.storage.database import Database, Transaction

LOOSE_FOR = 2 * stamps.DAY
"""How long an upload waits for its message before it is thrown away."""
_COLUMNS = "workspace_id, id, conversation_id, message_id, name, media_type, bytes, digest, width, height, url, at, by_kind, by_id"
_INSERT = f"insert into attachment ({_COLUMNS}) values ({', '.join(':' + name for name in _COLUMNS.split(', '))})"
_OF_MESSAGE = f"select {_COLUMNS} from attachment where workspace_id = :w and message_id = :id order by id limit 1000"
"""As `_OF_MESSAGES`: PostgreSQL keeps one plan for it, where it makes a new one for every list."""
_OF_MESSAGES = f"""
with wanted(id) as {{list:ids}}
select {", ".join("attachment." + name for name in _COLUMNS.split(", "))} from wanted cross join attachment
where attachment.workspace_id = :w and attachment.message_id = wanted.id order by attachment.message_id, attachment.id limit 20000
"""
_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF87a": "image/gif", b"GIF89a": "image/gif"}


class Attachment(Struct, frozen=True):
    """`url` is set for a file that lies elsewhere, which an integrator only named; then `digest` is empty."""

    workspace_id: int
    id: str
    conversation_id: str | None
    message_id: str | None
    name: str
    media_type: str
    bytes: int
    digest: str
    width: int | None
    height: int | None
    url: str
    at: int
    by_kind: str
    by_id: str

    @property
    def is_picture(self) -> bool:
        return self.media_type in _PICTURES.values() or self.media_type == "image/webp"


async def keep(database: Database, data: Path, workspace_id: int, content: bytes, *, name: str, limit: int, by: Actor) -> Attachment:
    """Keep an uploaded file: first its bytes on disk, then its row. Raises TooLarge with the limit, Refused when it is empty."""
    if len(content) > limit:
        raise TooLarge(f"The file is larger than {limit // 1024} KiB.", field="file", hint="Send a smaller one.")
    if not content:
        raise Refused("The file is empty.", field="file", hint="Send one part named file with its content.")
    kept = await asyncio.to_thread(files.keep, data, content)
    attachment = _row(workspace_id, name=safe_name(name), media_type=media_type(content), kept=kept, url="", by=by)
    async with database.write() as tx:
        await _insert(tx, attachment)
    return attachment


async def refer(tx: Transaction, workspace_id: int, url: str, *, by: Actor) -> Attachment:
    """A file that lies elsewhere, by its address. Raises Refused for what is no web address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(url) > 2000 or re.search(r"[\s\0<>\"]", url):
        raise Refused("An attachment is named by its web address.", field="attachments", hint="Send addresses that begin with https://.")
    attachment = _row(workspace_id, name=safe_name(unquote(parts.path).rpartition("/")[2]), media_type="", kept=None, url=url, by=by)
    await _insert(tx, attachment)
    return attachment


async def again(tx: Transaction, attachment: Attachment, *, by: Actor) -> Attachment:
    """The same file once more, for another message; its bytes lie there once."""
    copy = replace(attachment, id=stamps.new_id("fil"), conversation_id=None, message_id=None, at=stamps.now(), by_kind=by.kind, by_id=by.id)
    await _insert(tx, copy)
    return copy


async def by_id(store: Database | Transaction, workspace_id: int, attachment_id: str) -> Attachment:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from attachment where workspace_id = :w and id = :id", w=workspace_id, id=attachment_id)
    if row is None:
        raise Unknown("There is no such file.")
    return Attachment(*row)


async def of_messages(database: Database, workspace_id: int, message_ids: Sequence[str]) -> dict[str, list[Attachment]]:
    """Message id → its files, in one query."""
    found: dict[str, list[Attachment]] = {}
    if len(message_ids) == 1:
        rows = await database.read(_OF_MESSAGE, w=workspace_id, id=message_ids[0])
    else:
        rows = await database.read(_OF_MESSAGES, w=workspace_id, ids=list(message_ids))
    for row in rows:
        attachment = Attachment(*row)
        found.setdefault(attachment.message_id or "", []).append(attachment)
    return found


async def read(data: Path, attachment: Attachment) -> bytes:
    """Its bytes. Raises Unknown when the file is gone."""
    try:
        return await asyncio.to_thread(files.path(data, attachment.digest).read_bytes)
    except FileNotFoundError as error:
        raise Unknown("This file is gone.") from error


async def tidy(store: Database, *, data: Path, at: int, count: int = 100) -> int:
    """Throw away uploads no message took; how many. For the loop, over all workspaces."""
    rows = await store.read(
        "select workspace_id, id, digest from attachment where message_id is null and at < :before order by at, workspace_id, id limit :count",
        before=at - LOOSE_FOR,
        count=count,
    )
    for workspace_id, attachment_id, digest in rows:
        async with store.write(urgent=False) as tx:
            gone = await tx.run(
                "delete from attachment where workspace_id = :w and id = :id and message_id is null", w=workspace_id, id=attachment_id
            )
        if gone and digest and not await store.one("select 1 from attachment where digest = :digest limit 1", digest=digest):
            await asyncio.to_thread(files.drop, data, digest)
    return len(rows)


def address(key: bytes, attachment: Attachment) -> str:
    """The path whoever holds it may read the file by: ``/files/WORKSPACE/ID/SIGNATURE/NAME``."""
    if attachment.url:
        return attachment.url
    return (
        f"/files/{attachment.workspace_id}/{attachment.id}/{_signature(key, attachment.workspace_id, attachment.id)}/{quote(attachment.name)}"
    )


def is_signed(key: bytes, workspace_id: int, attachment_id: str, signature: str) -> bool:
    return hmac.compare_digest(_signature(key, workspace_id, attachment_id).encode(), signature.encode())


def media_type(content: bytes) -> str:
    """What a file is by its first bytes; everything but pictures is only bytes to us, whatever the sender calls it."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return next((kind for start, kind in _PICTURES.items() if content.startswith(start)), "application/octet-stream")


def safe_name(said: str) -> str:
    """A file's name without path, control characters and marks that headers and file systems trip over."""
    name = re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\"\\/:*?<>|]", "_", said.replace("\\", "/").rpartition("/")[2])
    return name.strip(" .")[-120:] or "file"


def _signature(key: bytes, workspace_id: int, attachment_id: str) -> str:
    return hmac.new(key, f"file/{workspace_id}/{attachment_id}".encode(), sha256).hexdigest()[:32]


def _row(workspace_id: int, *, name: str, media_type: str, kept: files.Kept | None, url: str, by: Actor) -> Attachment:
    at = stamps.now()
    digest, size = (kept.digest, kept.size) if kept else ("", 0)
    return Attachment(workspace_id, stamps.new_id("fil", at), None, None, name, media_type, size, digest, None, None, url, at, by.kind, by.id)


async def _insert(tx: Transaction, attachment: Attachment) -> None:
    await tx.run(_INSERT, **{name: getattr(attachment, name) for name in attachment.__struct_fields__})
