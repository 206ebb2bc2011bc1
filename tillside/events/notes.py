"""What intake says about a statement: a correction it made, a refusal, or a warning. One note is one line in the inspector."""

from typing import Literal

from msgspec import Struct

Level = Literal["corrected", "refused", "warning"]


class Note(Struct, frozen=True, omit_defaults=True):
    """`path` is the field as the sender wrote it (``properties.items[1].price``); `got` and `read` are short literals."""

    level: Level
    path: str
    message: str
    got: str = ""
    read: str = ""
    fix: str = ""


class Notes(list[Note]):
    """Notes collected while one event is read."""

    def corrected(self, path: str, message: str, *, got: object = "", read: object = "") -> None:
        """Read as meant; nothing for the sender to do."""
        self.append(Note("corrected", path, message, got=literal(got), read=literal(read)))

    def refused(self, path: str, message: str, *, got: object = "", fix: str = "") -> None:
        """The event cannot be accepted until this field is mended as `fix` says."""
        self.append(Note("refused", path, message, got=literal(got), fix=fix))

    def warning(self, path: str, message: str, *, fix: str = "") -> None:
        """Accepted, but something useful is missing."""
        self.append(Note("warning", path, message, fix=fix))

    @property
    def verdict(self) -> Literal["accepted", "corrected", "refused"]:
        """The worst word among the notes; a warning alone leaves the event accepted."""
        levels = {note.level for note in self}
        if "refused" in levels:
            return "refused"
        return "corrected" if "corrected" in levels else "accepted"


def literal(value: object) -> str:
    """A value as a short JSON-like literal, at most 80 characters, for people to compare."""
    if value == "" or isinstance(value, str):
        text = f'"{value}"' if value != "" else ""
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    else:
        text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"
