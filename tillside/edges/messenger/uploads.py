"""Files of shoppers: taken in by a browser's token, handed out by signed address, always as something to save and never as a page."""

import math
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from tillside.agents.actor import Actor
from tillside.base.errors import TooMany, Unknown
from tillside.conversations import attachments
from tillside.conversations.attachments import Attachment
from tillside.edges.http import body as bodies
from tillside.edges.http import desk as desks
from tillside.edges.http.desk import Desk
from tillside.edges.messenger.call import Ask, answer

_COST = 5.0
"""What an upload takes of a browser's budget of calls."""


async def take(ask: Ask) -> Response:
    """``POST /messenger/api/uploads?name=corner.jpg`` with the bytes → the file, loose until a message takes it."""
    wait = ask.desk.shopper_buckets.wait(ask.visitor.id, _COST)
    if wait:
        raise TooMany(retry_after_seconds=math.ceil(wait))
    limit = ask.desk.settings.file_limit_bytes
    content = await bodies.read(ask.request.receive, dict(ask.request.scope["headers"]), limit=limit, seconds=120)
    name = ask.request.query_params.get("name", "")
    by = Actor("customer", ask.visitor.id, ask.visitor.name)
    kept = await attachments.keep(ask.desk.store, ask.desk.data, ask.visitor.workspace_id, content, name=name, limit=limit, by=by)
    return answer(shape(ask.desk, kept), 201)


async def own(ask: Ask, ids: object) -> tuple[str, ...]:
    """Those of these files this browser brought and no message has taken. Others are passed over."""
    wanted = [one for one in ids if isinstance(one, str)][:20] if isinstance(ids, list) else []
    found = []
    for file_id in dict.fromkeys(wanted):
        try:
            file = await attachments.by_id(ask.desk.store, ask.visitor.workspace_id, file_id)
        except Unknown:
            continue
        if file.by_id == ask.visitor.id and file.message_id is None:
            found.append(file.id)
    return tuple(found)


async def give(request: Request) -> Response:
    """``GET /messenger/uploads/{workspace}/{id}/{signature}/{name}``: the bytes, as an attachment no browser may guess about."""
    house, given = desks.of(request), request.path_params
    if not given["workspace"].isdecimal() or not attachments.is_signed(_key(house), int(given["workspace"]), given["id"], given["signature"]):
        return Response(status_code=404)
    try:
        file = await attachments.by_id(house.store, int(given["workspace"]), given["id"])
        content = await attachments.read(house.data, file)
    except Unknown:
        return Response(status_code=404)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=86400, immutable",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
    }
    return Response(content, media_type=file.media_type if file.is_picture else "application/octet-stream", headers=headers)


def shape(desk: Desk, file: Attachment) -> dict[str, Any]:
    signed = attachments.address(_key(desk), file)
    url = signed if file.url else "/messenger/uploads" + signed.removeprefix("/files")
    return {
        "id": file.id,
        "name": file.name,
        "type": file.media_type,
        "bytes": file.bytes,
        "url": url,
        "width": file.width or 0,
        "height": file.height or 0,
    }


def _key(desk: Desk) -> bytes:
    return desk.vault.code("messenger files").encode()
