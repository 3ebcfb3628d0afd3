"""Every error brokerport raises, split by what the caller does next.

::

    BrokerportError                  .retryable = False .rows .cursor
    ├── InvalidRequestError          (ValueError)       cannot be right; nothing was sent
    ├── UnknownBrokerError           (LookupError)      no installed plugin has that name
    ├── PluginError                                     the plugin is there, and did not load or broke its promises
    ├── UnsupportedError                                this broker has no such data, or not for this market
    ├── ConnectError                 (ConnectionError)  retryable; nobody answers at the address
    │   └── ConnectionLostError                         it broke while a reply was due
    ├── HandshakeError                                  the gateway refused us, or speaks another language
    ├── DeadlineError                (TimeoutError)     the call's own time is up
    ├── QuotaError                                      retryable; .retry_after seconds
    ├── RejectedError                                   the broker said no; .code .text
    │   └── NotEntitledError                            this account lacks the right
    ├── BadReplyError                                   bytes or fields break the protocol
    │   └── PaginationError                             a cursor repeats or never ends
    ├── RouteError                                      none of a route's brokers answered; .reasons
    └── ClientClosedError                               the client was closed before or during the call
"""

from __future__ import annotations

import copyreg
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, Self

from brokerport.logs import LONGEST_ERROR, clean

_DAY = 86_400.0  # seconds
_LONGEST = 1e10  # seconds: three centuries; more is no time that anybody could have meant


class Attempt(NamedTuple):
    """One attempt of a call that was made again."""

    number: int  #: from 1 up
    error: BrokerportError  #: how it ended
    elapsed: float  #: seconds from the beginning of the call to this end


class BrokerportError(Exception):
    """Any failure that brokerport reports; whoever wrote its text, it is one printable line, not too long, and tells no secret."""

    #: True where the same call may succeed if it is simply made again.
    retryable: bool = False
    #: What came before this error, oldest first, when the call was tried more than once.
    attempts: tuple[Attempt, ...] = ()

    #: Of a history that ended in this error: the rows that came before it, newest first; an iterator's were handed out already.
    rows: tuple[object, ...] = ()
    #: Of a history that ended in this error: pass it as ``after=`` to go on behind those rows. None: begin anew, or nothing leads on.
    cursor: str | None = None

    def __new__(cls, *args: object, **_: object) -> Self:
        """Make the text fit: here of those that are an OSError, below of all others."""
        return super().__new__(cls, *_fit(args))

    def __init__(self, *args: object) -> None:
        super().__init__(*_fit(args))

    def add_note(self, note: str) -> None:
        """Add a line to the traceback."""
        super().add_note(clean(note, LONGEST_ERROR))

    def __copy__(self) -> Self:
        # Its notes are its own: one error may end many calls, and each tells of its own attempts.
        make, arguments, state = self.__reduce__()
        again: Self = make(*arguments)
        again.__dict__.update(state, **({"__notes__": [*self.__notes__]} if "__notes__" in state else {}))
        return again

    def __reduce__(self) -> tuple[Any, ...]:
        # An error crosses processes whole: the way of Exception forgets keyword arguments.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]  # pickle's own name for it


def _fit(args: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(clean(each, LONGEST_ERROR) if isinstance(each, str) else each for each in args)


class InvalidRequestError(BrokerportError, ValueError):
    """The request cannot be right, whatever the broker says; nothing was sent."""


class UnknownBrokerError(BrokerportError, LookupError):
    """No installed plugin has that name; the text lists those that are there."""


class PluginError(BrokerportError):
    """A plugin is installed, and did not load or did in a call what none may do; the cause is chained."""

    #: What to set, install or rename, where it is not the plugin that is to blame but what it runs in.
    remedy: str | None = None


class UnsupportedError(BrokerportError):
    """This broker has no such data, or not for this market; nothing was sent."""


class ConnectError(BrokerportError, ConnectionError):
    """No connection: nobody answers at the address, or it does not resolve."""

    retryable = True


class ConnectionLostError(ConnectError):
    """The connection broke while a reply was due."""


class HandshakeError(BrokerportError):
    """The gateway refused the connection, never answered, or answered in another protocol."""


class DeadlineError(BrokerportError, TimeoutError):
    """The call's own time is up; the text says where the time went."""


class QuotaError(BrokerportError):
    """The broker's quota for this question is used up.

    Attributes:
        retry_after: Seconds until the same call may be sent again, finite and not below 0: what was made of a server's words and is no
            such number is taken for a day.
        sent: Whether the broker itself refused it; False where it was not sent, as its turn came too late.
    """

    retryable = True
    sent: bool = True

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after if 0 <= retry_after <= _LONGEST else 0.0 if retry_after < 0 else _DAY


class RejectedError(BrokerportError):
    """The broker understood the request and said no.

    Attributes:
        code: The broker's own number for the refusal.
        text: The broker's own words, control characters removed, cut at 300 characters.
    """

    def __init__(self, message: str, *, code: int, text: str) -> None:
        super().__init__(message)
        self.code = code
        self.text = clean(text)


class NotEntitledError(RejectedError):
    """This account lacks the right to the data."""


class BadReplyError(BrokerportError):
    """Bytes or fields of a reply break the protocol."""


class PaginationError(BadReplyError):
    """A cursor repeats, which leaves none that leads on; a page without rows names a next one; or page after page brings nothing new."""

    def __init__(self, message: str, *, rows: tuple[object, ...]) -> None:
        super().__init__(message)
        self.rows = rows


class RouteError(BrokerportError):
    """None of the brokers of a route answered.

    Attributes:
        reasons: Why, by the name of the broker, in the order they were asked.
    """

    def __init__(self, message: str, *, reasons: Mapping[str, BrokerportError]) -> None:
        super().__init__(message)
        self.reasons = dict(reasons)


class ClientClosedError(BrokerportError):
    """The client was closed, before the call or while it ran."""


def near(word: object, known: Iterable[str]) -> str:
    """A hint at what ``word`` may be a misspelling of, for the end of an error; empty where nothing is like it."""
    spelt = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), spelt, n=1) if isinstance(word, str) else ()
    return f"did you mean {spelt[found[0]]!r}? " if found else ""
