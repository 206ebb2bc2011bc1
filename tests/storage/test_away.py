"""Every way in which PostgreSQL can be away is said in one word of the house, and nothing else is."""

import asyncpg
import pytest

from tillside.base.errors import Busy
from tillside.storage.postgres import _reachable

AWAY = [
    ConnectionRefusedError("nobody listens"),
    OSError("Multiple exceptions: [Errno 111], [Errno 99]"),
    TimeoutError("no answer"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.InterfaceError("cannot call Transaction.__aexit__(): the underlying connection is closed"),
    asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.DiskFullError("no space left on device"),
    asyncpg.ReadOnlySQLTransactionError("cannot execute insert in a read-only transaction"),
]
NOT_AWAY = [asyncpg.DataError("NUL"), asyncpg.UniqueViolationError("twice"), asyncpg.UndefinedTableError("typing"), ValueError("no number")]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_an_outage_asks_the_sender_to_come_again(error: Exception) -> None:
    with pytest.raises(Busy) as told, _reachable():
        raise error
    assert told.value.__cause__ is error


@pytest.mark.parametrize("error", NOT_AWAY, ids=lambda error: type(error).__name__)
def test_what_is_no_outage_is_not_called_one(error: Exception) -> None:
    with pytest.raises(type(error)), _reachable():
        raise error
