"""What observers hear of: one frozen value for each thing that happens.

::

    Event                        .broker
    ├── CallEvent                .call .number
    │   ├── CallStarted          a call begins
    │   ├── CallEnded            it is over; .seconds .error
    │   ├── AttemptFailed        one attempt of it failed; .attempt .error
    │   ├── RetryScheduled       another attempt comes; .seconds
    │   ├── QuotaWaiting         it waits for its turn; .quota .seconds
    │   ├── QuotaWaited          it waited for its turn; .quota .seconds
    │   └── PageArrived          a page of a history is there; .rows .more
    ├── Refused                  the broker said no; .code .text
    ├── OrphanReply              a reply came that nobody waits for; .reason
    └── ConnectionChanged        .old .new .reason

They hold no body, no setting and no secret. What comes from a peer is printable, one line, and at most 300 characters long.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from brokerport.errors import BrokerportError
from brokerport.models.quota import Limit


class ConnectionState(StrEnum):
    """Where a client and its broker stand."""

    CONNECTING = "connecting"  #: it is being opened
    READY = "ready"  #: questions can be asked
    LOST = "lost"  #: it broke, or could not be opened
    CLOSED = "closed"  #: nobody wants it: before the first question, and after the client is closed


@frozen
class Event:
    """Something that happened between a client and its broker."""

    broker: str  #: the name that the client was asked for by: a broker's, or a profile's


@frozen
class CallEvent(Event):
    """Something that happened in one call; each page of an iterator is a call."""

    call: str  #: as errors write it: ``moomoo.short_volume('HK.00700')``
    number: int  #: which call of its client's it is, from 1 up; with ``broker`` it tells calls apart that ask the same


@frozen
class CallStarted(CallEvent):
    """A call began."""


@frozen
class CallEnded(CallEvent):
    """A call is over; every CallStarted has one."""

    seconds: float  #: the time it took, in seconds
    error: BaseException | None  #: None when it was answered; CancelledError, which is no BrokerportError, when it was cancelled


@frozen
class AttemptFailed(CallEvent):
    """One attempt of a call failed, the last one included; what a cancelled call or its deadline cut off is not told."""

    attempt: int  #: from 1 up, as in ``error.attempts``
    error: BrokerportError


@frozen
class RetryScheduled(CallEvent):
    """The call is tried again."""

    seconds: float  #: the wait before that, in seconds


@frozen
class QuotaWaiting(CallEvent):
    """The call begins to wait for its turn within a quota; a QuotaWaited follows."""

    quota: Limit
    seconds: float  #: how long it will at least be, in seconds, as far as one can tell


@frozen
class QuotaWaited(CallEvent):
    """The call waited for its turn within a quota, and has it, or has given up."""

    quota: Limit
    seconds: float  #: the time it waited, in seconds


@frozen
class PageArrived(CallEvent):
    """A page of a history is there."""

    rows: int  #: how many it has
    more: bool  #: whether it names a next one


@frozen
class Refused(Event):
    """The broker understood a question and said no."""

    code: int  #: the broker's own number for the refusal
    text: str  #: the broker's own words, control characters removed


@frozen
class OrphanReply(Event):
    """A reply was dropped: nobody waits for it."""

    reason: str  #: ``late`` (given up before), ``duplicate`` (answered before) or ``unknown`` (never asked); plugins may have others


@frozen
class ConnectionChanged(Event):
    """The connection went from one state to another."""

    old: ConnectionState
    new: ConnectionState
    reason: str  #: for people; empty where there is nothing to say
