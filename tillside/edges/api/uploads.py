"""`POST /v1/file/upload`: a file as a form sends it, kept until a comment names it (contract 2.3)."""

from collections.abc import AsyncGenerator

from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from tillside.agents import actor
from tillside.base.errors import Refused
from tillside.conversations import attachments
from tillside.edges.api import documents, showing
from tillside.edges.api.call import Answer, Call, Endpoint


def endpoints() -> list[Endpoint]:
    return [
        Endpoint(
            method="POST",
            path="/v1/file/upload",
            verb=upload,
            name="uploadFile",
            does="Upload a file as the part named file of a form; name its url among a comment's attachments within two days.",
            scope="files:write",
            reads="file",
            takes=bytes,
            gives=documents.FileAnswer,
            statuses={413: "The file is larger than this desk takes."},
        )
    ]


async def upload(call: Call) -> Answer:
    """``multipart/form-data`` with one part ``file`` → ``{"url", "id", "name", "size", "file": {…}}``."""
    name, content = await _part(call)
    limit, by = call.desk.settings.attachment_limit_bytes, actor.of_key(call.key)
    kept = await attachments.keep(call.desk.store, call.desk.data, call.workspace_id, content, name=name, limit=limit, by=by)
    url = showing.file_url(call.desk.public_url, call.desk.vault.key("files"), kept)
    told = documents.File(kept.id, url, kept.name, kept.bytes, kept.media_type)
    return Answer(documents.FileAnswer(url, kept.id, kept.name, kept.bytes, told))


async def _part(call: Call) -> tuple[str, bytes]:
    """Name and content of the part named file. Raises Refused when there is none."""
    hint = "Send multipart/form-data with one part named file."
    if not call.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Refused("The body is not a form.", field="file", hint=hint)
    try:
        form = await MultiPartParser(Headers(call.headers), _stream(call.raw), max_files=5, max_fields=20).parse()
    except (MultiPartException, MultipartParseError, KeyError, ValueError) as error:
        raise Refused("The form cannot be read.", field="file", hint=hint) from error
    try:
        found = form.get("file")
        if not isinstance(found, UploadFile):
            raise Refused("There is no part named file.", field="file", hint=hint)
        return found.filename or "file", await found.read()
    finally:
        await form.close()


async def _stream(raw: bytes) -> AsyncGenerator[bytes, None]:
    yield raw
    yield b""
