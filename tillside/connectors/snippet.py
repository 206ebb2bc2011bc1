"""The texts an integrator copies: the snippet for pages, signing code and the order history call for servers. They lie beside it as files."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

Kind = Literal["jwt", "token", "signature"]

LANGUAGES = (("js", "JavaScript"), ("php", "PHP"), ("py", "Python"), ("rb", "Ruby"))
_RECIPES = Path(__file__).with_name("recipes")
_STATIC = Path(__file__).parents[1] / "edges" / "capture" / "static"


class Recipe(Struct, frozen=True):
    """One text in one language, filled in."""

    language: str
    title: str
    text: str


class Manifest(Struct, frozen=True):
    """The tracker's present build: its versioned name, and the hash a page may demand of it."""

    file: str
    version: str
    integrity: str


def page(origin: str, key: str) -> str:
    """The snippet for every page of the shop. `origin`: the desk's public address, without a slash at the end."""
    return _filled(_STATIC / "snippet.txt", origin, key)


def pinned(origin: str, key: str) -> str:
    """The same for pages whose policy asks for integrity: one build by its name and hash, whatever the desk serves later."""
    build = manifest()
    text = _filled(_STATIC / "snippet-sri.txt", origin, key)
    return text.replace("{{file}}", build.file).replace("{{integrity}}", build.integrity)


@cache
def manifest() -> Manifest:
    return msgspec.json.decode((_STATIC / "manifest.json").read_bytes(), type=Manifest)


def recipes(kind: Kind, origin: str, key: str) -> list[Recipe]:
    """Server code in every language: `jwt` and `token` say who is logged in, `signature` sends signed order history."""
    return [Recipe(code, title, _filled(_RECIPES / f"{kind}.{code}", origin, key)) for code, title in LANGUAGES]


def _filled(path: Path, origin: str, key: str) -> str:
    return _text(path).replace("{{origin}}", origin).replace("{{key}}", key).strip()


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
