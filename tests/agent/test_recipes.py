"""The code the connector page shows, run by the languages it is written for, against the bytes our own signing opens."""

import base64
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tillside.base import signing, stamps
from tillside.connectors import snippet

KEY, SECRET, TOKEN_SECRET = "fernfold10", "tss_test-secret", "tsj_test-secret"
USER = {"id": 1001, "email": "ada@example.com", "firstName": "Ada Øye", "lastName": "Example 🌿"}
ORDER = {"orderId": "7", "amount": 12.5, "createdAt": 1_700_000_000_000, "items": []}
RUNS = {"js": "node", "php": "php", "py": sys.executable, "rb": "ruby"}
TOKEN_CALL = {
    "js": "console.log(userToken(JSON.parse(process.argv[2])))",
    "php": "echo user_token(json_decode($argv[1], true));",
    "py": "import sys; print(user_token(json.loads(sys.argv[1])))",
    "rb": "puts user_token(JSON.parse(ARGV[0], symbolize_names: true))",
}
SEND_CALL = {
    "js": "sendOrders(JSON.parse(process.argv[2])).then((answer) => console.log(JSON.stringify(answer)))",
    "php": "echo json_encode(send_orders(json_decode($argv[1], true)));",
    "py": "import sys; print(json.dumps(send_orders(json.loads(sys.argv[1]))))",
    "rb": "puts send_orders(JSON.parse(ARGV[0], symbolize_names: true)).to_json",
}
LANGUAGES = [code for code, _ in snippet.LANGUAGES]


def run(folder: Path, kind: snippet.Kind, language: str, call: str, given: object, origin: str = "http://127.0.0.1:9") -> str:
    """The recipe as the page shows it, plus one line that calls it."""
    recipe = next(one for one in snippet.recipes(kind, origin, KEY) if one.language == language)
    script = folder / f"shop.{language}"
    script.write_text(f"{recipe.text}\n{call}\n", encoding="utf-8")
    secrets = {"TILLSIDE_SECRET": SECRET, "TILLSIDE_TOKEN_SECRET": TOKEN_SECRET, "LC_ALL": "C.UTF-8"}
    command = [RUNS[language], str(script), json.dumps(given)]
    done = subprocess.run(command, env=os.environ | secrets, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_web_token_of_each_language_proves_who_it_names(tmp_path: Path, language: str) -> None:
    token = run(tmp_path, "jwt", language, TOKEN_CALL[language], USER)
    claims, reason = signing.open_web_token(token, TOKEN_SECRET, audience=KEY, at=stamps.now())
    assert claims is not None, reason
    assert {name: claims[name] for name in ("sub", "email", "firstName", "lastName")} == {
        "sub": "1001",
        "email": "ada@example.com",
        "firstName": "Ada Øye",
        "lastName": "Example 🌿",
    }
    assert signing.open_web_token(token, SECRET, audience=KEY, at=stamps.now())[0] is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legacy_token_of_each_language_opens(tmp_path: Path, language: str) -> None:
    token = run(tmp_path, "token", language, TOKEN_CALL[language], USER)
    assert signing.open_token(token, SECRET) == USER | {"id": "1001"}
    assert run(tmp_path, "token", language, TOKEN_CALL[language], USER) != token, "the start vector must be fresh each time"


class Desk(HTTPServer):
    """Takes one batch and answers as the intake does."""

    taken: dict[str, str]
    path: str = ""


class Intake(BaseHTTPRequestHandler):
    server: Desk

    def do_POST(self) -> None:
        self.server.path = self.path
        self.server.taken = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = b'{"accepted":true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_order_history_of_each_language_is_signed(tmp_path: Path, language: str) -> None:
    with Desk(("127.0.0.1", 0), Intake) as desk:
        listening = threading.Thread(target=desk.handle_request)
        listening.start()
        origin = f"http://127.0.0.1:{desk.server_port}"
        answer = run(tmp_path, "signature", language, SEND_CALL[language], [ORDER | {"note": "Größe 🌿"}], origin)
        listening.join(10)
    assert json.loads(answer) == {"accepted": True}
    assert desk.path == "/v2/bt"
    assert signing.signature_matches(desk.taken["s"], desk.taken["hs"], SECRET)
    batch = json.loads(base64.b64decode(desk.taken["hs"], validate=True))
    assert (batch["event"], batch["appClientId"]) == ("send_batch", KEY)
    assert batch["events"] == [
        {"event": "order", "appClientId": KEY, "properties": ORDER | {"note": "Größe 🌿"}, "time": {"sentAt": ORDER["createdAt"]}}
    ]
