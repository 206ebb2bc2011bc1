"""The bytes real clients send, built as each of them builds them (contract sections 1.3 and 5)."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import NamedTuple


class Request(NamedTuple):
    """One POST as it goes over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


_JSON = {"Content-Type": "application/json"}
_PAGE = {"Origin": "https://shop.example.com", **_JSON}
_MAGENTO = {"Host": "127.0.0.1", "Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "HttpClient/1.0.0", "Connection": "Close", **_JSON}
_WOO = {"User-Agent": "WordPress/6.5; https://shop.example.com", "Accept": "*/*", "Connection": "close", **_JSON}


def browser(text: str, secret: str) -> Request:
    """The hosted tracker encodes each UTF-16 unit for itself, and sends a CORS answer's header as a request header."""
    units = text.encode("utf-16-be", "surrogatepass")
    cesu = "".join(chr(units[i] << 8 | units[i + 1]) for i in range(0, len(units), 2)).encode("utf-8", "surrogatepass")
    headers = {**_PAGE, "X-Requested-With": "XMLHttpRequest", "Access-Control-Allow-Origin": "*"}
    return Request("/v3/t", headers, _body({"h": _base64(cesu)}))


def seed_batch(text: str, secret: str) -> Request:
    """``btoa(JSON.stringify(events))``: one byte for each character up to U+00FF."""
    return Request("/v2/bt", _PAGE, _body({"hs": _base64(text.encode("latin-1"))}))


def woo(text: str, secret: str) -> Request:
    """WordPress posts one event with its MD5 signature and does not wait for the answer."""
    h = _base64(_php(text))
    return Request("/v2/t", _WOO, _body({"h": h, "s": _md5(h, secret), "event_type": "track"}))


def woo_batch(text: str, secret: str) -> Request:
    hs = _base64(_php(text))
    return Request("/v2/bt", _WOO, _body({"hs": hs, "s": _md5(hs, secret), "event_type": "send_batch"}))


def woo_statuses(text: str, secret: str) -> Request:
    """The states of recent orders by database key."""
    hs = _base64(_php(text))
    return Request("/v2/s", _WOO, _body({"s": _md5(hs, secret), "hs": hs, "event_type": "recent_orders"}))


def woo_pull(text: str, secret: str) -> Request:
    """ "Is this pull request genuine?" """
    return Request("/v2/r", _WOO, text.encode())


def woo_pull_end(text: str, secret: str) -> Request:
    return Request("/v2/er", _WOO, text.encode())


def magento(text: str, secret: str) -> Request:
    """Magento names the host without its port, closes the connection, and signs with SHA-256."""
    hs = _base64(_php(text))
    signature = hashlib.sha256((hs + secret).encode()).hexdigest()
    return Request("/v2/bt", _MAGENTO, _body({"s": signature, "hs": hs}))


def android(text: str, secret: str) -> Request:
    """Android breaks base64 after 76 characters, ends it with a line feed, and escapes slashes inside the JSON string."""
    whole = _base64(text.encode())
    lines = "".join(whole[start : start + 76] + "\n" for start in range(0, len(whole), 76))
    body = json.dumps({"h": lines}, separators=(",", ":")).replace("/", "\\/")
    return Request("/v2/t", {"User-Agent": "Dalvik/2.1.0 (Linux; U; Android 14)", **_JSON}, body.encode())


def script(text: str, secret: str) -> Request:
    """A connector script in Python: unsigned, UTF-8, to the tracker's own path."""
    return Request("/v3/t", {"User-Agent": "python-requests/2.32", **_JSON}, _body({"h": _base64(text.encode())}))


def plain(text: str, secret: str) -> Request:
    """Base64 of UTF-8 and nothing else."""
    return Request("/v2/t", _JSON, _body({"h": _base64(text.encode())}))


def url_safe(text: str, secret: str) -> Request:
    """The URL-safe alphabet without padding."""
    return Request("/v2/t", _JSON, _body({"h": base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")}))


def signed(text: str, secret: str) -> Request:
    """A shop's own server: one event with its SHA-256."""
    h = _base64(text.encode())
    return Request("/v2/t", _JSON, _body({"h": h, "s": hashlib.sha256((h + secret).encode()).hexdigest()}))


def batch(text: str, secret: str) -> Request:
    """An unsigned batch in UTF-8."""
    return Request("/v2/bt", _JSON, _body({"hs": _base64(text.encode())}))


CLIENTS: dict[str, Callable[[str, str], Request]] = {
    one.__name__: one
    for one in (
        *(browser, seed_batch, woo, woo_batch, woo_statuses, woo_pull, woo_pull_end, magento),
        *(android, script, plain, url_safe, signed, batch),
    )
}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _body(outer: dict[str, str]) -> bytes:
    return json.dumps(outer).encode()


def _php(text: str) -> bytes:
    """As json_encode writes text: ASCII only, slashes escaped."""
    escaped = "".join(sign if sign.isascii() else json.dumps(sign)[1:-1] for sign in text)
    return escaped.replace("/", "\\/").encode()


def _md5(content: str, secret: str) -> str:
    return hashlib.md5((content + secret).encode()).hexdigest()
