"""The tree of errors. No HTTP here: edges/http/answers.py gives each its status once.

DeskError
├── Refused          something is wrong with what was sent; carries field, hint
│   ├── Undecodable  not base64, not text, not JSON
│   ├── TooLarge     over a limit of size, depth or count
│   └── Conflict     it contradicts what is stored
│       └── Outdated it was changed since whoever asks last looked
├── Unknown          nobody or nothing by that name
├── NotAllowed       known, but not permitted
├── TooMany          over a rate limit; carries seconds to wait
├── Busy             the desk cannot take more at this moment; carries seconds to wait
└── Misconfigured    the operator has to change something first
"""


class DeskError(Exception):
    """Something went wrong at the desk."""

    code = "error"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__class__.__doc__ or self.code)

    @property
    def message(self) -> str:
        return str(self)


class Refused(DeskError):
    """What was sent cannot be accepted."""

    code = "refused"

    def __init__(self, message: str | None = None, *, field: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.hint = hint


class Undecodable(Refused):
    """The body could not be decoded."""

    code = "undecodable"


class TooLarge(Refused):
    """The body is larger than this desk accepts."""

    code = "too_large"


class Conflict(Refused):
    """This contradicts what is already stored."""

    code = "conflict"


class Outdated(Conflict):
    """It was changed meanwhile. Read it again and repeat the change."""

    code = "outdated"


class Unknown(DeskError):
    """Nothing by that name exists here."""

    code = "unknown"


class NotAllowed(DeskError):
    """You may not do this."""

    code = "not_allowed"


class TooMany(DeskError):
    """Too many requests. Wait and send again."""

    code = "too_many"

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Busy(TooMany):
    """The desk is full for the moment. Nothing was stored; send again."""

    code = "busy"


class Misconfigured(DeskError):
    """A setting has to be changed before this can work."""

    code = "misconfigured"
