"""Every error has its number."""

from __future__ import annotations

import pytest

from brokerport import (
    BadReplyError,
    BrokerportError,
    ClientClosedError,
    ConnectError,
    ConnectionLostError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    NotEntitledError,
    PaginationError,
    PluginError,
    QuotaError,
    RejectedError,
    RouteError,
    UnknownBrokerError,
    UnsupportedError,
    errors,
)
from brokerport.cli import exit_codes

NUMBERS: dict[type[BaseException], int] = {
    BrokerportError: 1,
    ClientClosedError: 1,
    OSError: 1,
    InvalidRequestError: 2,
    UnknownBrokerError: 2,
    ConnectError: 3,
    ConnectionLostError: 3,
    HandshakeError: 3,
    DeadlineError: 4,
    QuotaError: 5,
    RejectedError: 6,
    NotEntitledError: 6,
    UnsupportedError: 6,
    BadReplyError: 7,
    PaginationError: 7,
    PluginError: 8,
    RouteError: 11,
    KeyboardInterrupt: 130,
}


@pytest.mark.parametrize(("kind", "number"), NUMBERS.items())
def test_the_error_decides_the_number(kind: type[BaseException], number: int) -> None:
    assert exit_codes.of(kind.__new__(kind)).number == number


def test_no_error_of_ours_is_forgotten() -> None:
    ours = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BrokerportError)}
    assert ours <= set(NUMBERS)


def test_an_error_is_one_line_without_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    error = OSError("the disk says\n\x1b[2Jhello\u202e")
    error.add_note("after 3 attempts")
    assert exit_codes.tell(error) == 1
    assert capsys.readouterr() == ("", "error: the disk says \\x1b[2Jhello\\u202e; after 3 attempts\n")


def test_an_error_without_words_gets_some(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_codes.tell(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "error: interrupted\n"
