"""Where a page of a list goes on: the sort key and id of the last line seen, as one word of the address."""

from starlette.requests import Request


def text(request: Request) -> tuple[int, str] | None:
    """``?before=1714550400000000.cus_01k…``; None for the first page and for anything else."""
    at, dot, last = request.query_params.get("before", "").partition(".")
    return (int(at), last) if dot and _is_number(at) else None


def numbers(request: Request) -> tuple[int, int] | None:
    """``?before=1714550400000000.1026048``."""
    found = text(request)
    return (found[0], int(found[1])) if found and _is_number(found[1]) else None


def number(request: Request, name: str, default: int = 0) -> int:
    """A whole number among the parameters; the default for anything else."""
    said = request.query_params.get(name, "")
    return int(said) if _is_number(said) else default


def word(at: int, last: int | str) -> str:
    return f"{at}.{last}"


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 19
