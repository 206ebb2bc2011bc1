"""Somebody at a browser: follows cookies, sends forms with the token their page carried. Speaks to the application by ASGI."""

import re
from typing import Any

import httpx
from starlette.applications import Starlette

PASSWORD = "paper-boat-9"
_TOKEN = re.compile(r'name="form_token" value="(\w+)"')
_HEADERS = re.compile(r'"X-Form-Token": "(\w+)"')


class Visitor:
    """One browser. `base`: how it reached the desk; `near`: the address it calls from."""

    def __init__(self, app: Starlette, *, base: str = "https://localhost", near: str = "127.0.0.1") -> None:
        transport = httpx.ASGITransport(app, client=(near, 4711), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url=base, headers={"accept": "text/html"})
        self.token = ""

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return self._seen(await self.http.get(path, **more))

    async def post(self, path: str, *, token: str | None = None, **fields: str) -> httpx.Response:
        """Send a form; `token` replaces the one of the last page."""
        data = fields | {"form_token": self.token if token is None else token}
        return self._seen(await self.http.post(path, data=data))

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/sign-in")
        answer = await self.post("/sign-in", email=email, password=password)
        await self.get("/settings/appearance")
        return answer

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        found = _TOKEN.search(answer.text) or _HEADERS.search(answer.text)
        self.token = found[1] if found else self.token
        return answer
