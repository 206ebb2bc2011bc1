"""What intake says about a statement: a correction it made, a refusal, or a warning. One note is one line in the inspector."""

from typing import Literal

from msgspec import Struct

Level = Literal["corrected", "refused", "warning"]
Verdict = Literal["accepted", "corrected", "refused"]

MOST_NOTES = 100  # per event: the inspector shows a list for people, and a hostile event could have ten thousand


class Note(Struct, frozen=True, omit_defaults=True):
    """`path` is the field as the sender wrote it (``properties.items[1].price``); `got` and `read` are short literals."""

    level: Level
    path: str
    message: str
    got: str = ""
    read: str = ""
    fix: str = ""


class Notes(list[Note]):
    """Notes collected while one event is read; after MOST_NOTES only the first refusal is still added."""

    def corrected(self, path: str, message: str, *, got: object = "", read: object = "") -> None:
        """Read as meant; nothing for the sender to do."""
        self.add(Note("corrected", path, message, got=literal(got), read=literal(read)))

    def refused(self, path: str, message: str, *, got: object = "", fix: str = "") -> None:
        """The event cannot be accepted until this field is mended as `fix` says."""
        self.add(Note("refused", path, message, got=literal(got), fix=fix))

    def warning(self, path: str, message: str, *, fix: str = "") -> None:
        """Accepted, but something useful is missing."""
        self.add(Note("warning", path, message, fix=fix))

    def add(self, note: Note) -> None:
        """Keep `note` while there is room; the verdict never depends on the room."""
        if len(self) < MOST_NOTES or (note.level != "warning" and note.level not in {kept.level for kept in self}):
            self.append(note)

    @property
    def verdict(self) -> Verdict:
        """The worst word among the notes; a warning alone leaves the event accepted."""
        levels = {note.level for note in self}
        if "refused" in levels:
            return "refused"
        return "corrected" if "corrected" in levels else "accepted"


def literal(value: object) -> str:
    """A value as a short JSON-like literal, at most 80 characters, for people to compare."""
    text = _literal(value).encode("utf-8", "replace").decode()
    return text if len(text) <= 80 else text[:79] + "…"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return f'"{value[:80]}"' if value else ""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return f"an object with {len(value)} keys" if isinstance(value, dict) else f"a list of {len(value)}"
    if isinstance(value, int) and value.bit_length() > 1024:
        return f"an integer of {value.bit_length()} bits"
    return str(value)
