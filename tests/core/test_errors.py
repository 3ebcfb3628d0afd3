"""The tree of errors: who is whose parent, what is worth another try, and what each carries."""

from __future__ import annotations

import pickle
from copy import copy
from math import inf, nan
from typing import Any

import pytest

import brokerport
from brokerport import errors
from brokerport.errors import (
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
)

TREE: dict[type[BrokerportError], tuple[type[BaseException], ...]] = {
    InvalidRequestError: (BrokerportError, ValueError),
    UnknownBrokerError: (BrokerportError, LookupError),
    PluginError: (BrokerportError,),
    UnsupportedError: (BrokerportError,),
    ConnectError: (BrokerportError, ConnectionError),
    ConnectionLostError: (ConnectError,),
    HandshakeError: (BrokerportError,),
    DeadlineError: (BrokerportError, TimeoutError),
    QuotaError: (BrokerportError,),
    RejectedError: (BrokerportError,),
    NotEntitledError: (RejectedError,),
    BadReplyError: (BrokerportError,),
    PaginationError: (BadReplyError,),
    RouteError: (BrokerportError,),
    ClientClosedError: (BrokerportError,),
}
DETAILS: dict[type[BrokerportError], dict[str, Any]] = {
    QuotaError: {"retry_after": 1.5},
    RejectedError: {"code": -1, "text": "No"},
    NotEntitledError: {"code": -1, "text": "No Authority"},
    PaginationError: {"rows": (1, 2)},
    RouteError: {"reasons": {}},
}


@pytest.mark.parametrize("error", TREE)
def test_parents_are_as_drawn(error: type[BrokerportError]) -> None:
    assert error.__bases__ == TREE[error]


def test_every_error_is_in_the_drawing_and_among_the_public_names() -> None:
    every = {error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, BrokerportError)}
    assert every == {BrokerportError, *TREE}
    for error in every:
        assert error.__name__ in (errors.__doc__ or "")
        assert getattr(brokerport, error.__name__) is error


@pytest.mark.parametrize("error", TREE)
def test_only_connecting_and_quotas_are_worth_the_same_call_again(error: type[BrokerportError]) -> None:
    assert error.retryable == (error in {ConnectError, ConnectionLostError, QuotaError})


def test_errors_carry_what_the_caller_needs_next() -> None:
    quota = QuotaError("used up", retry_after=1.5)
    refusal = NotEntitledError("no right", code=-1, text="No Authority")
    pages = PaginationError("again", rows=(1, 2))
    assert (str(quota), quota.retry_after) == ("used up", 1.5)
    assert (str(refusal), refusal.code, refusal.text) == ("no right", -1, "No Authority")
    assert (str(pages), pages.rows) == ("again", (1, 2))


@pytest.mark.parametrize("kind", TREE)
def test_an_error_of_a_history_carries_what_came_wherever_it_goes(kind: type[BrokerportError]) -> None:
    error = kind("what happened", **DETAILS.get(kind, {}))
    assert (error.rows, error.cursor) == (DETAILS.get(kind, {}).get("rows", ()), None)
    error.rows, error.cursor = (1, 2), "next"
    for again in (pickle.loads(pickle.dumps(error)), copy(error)):
        assert (str(again), again.rows, again.cursor) == ("what happened", (1, 2), "next")


def test_a_copy_has_notes_of_its_own() -> None:
    error = DeadlineError("late")
    error.add_note("first")
    again = copy(error)
    again.add_note("second")
    assert (error.__notes__, again.__notes__) == (["first"], ["first", "second"])
    assert not hasattr(copy(DeadlineError("late")), "__notes__")


@pytest.mark.parametrize("kind", TREE)
def test_an_error_crosses_processes_whole(kind: type[BrokerportError]) -> None:
    error = kind("what happened", **DETAILS.get(kind, {}))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.args, vars(again)) == (kind, ("what happened",), DETAILS.get(kind, {}))


@pytest.mark.parametrize(
    ("told", "believed"),
    [(0, 0), (1.5, 1.5), (1e9, 1e9), (-1, 0), (-inf, 0), (inf, 86_400), (nan, 86_400), (1e300, 86_400), (10**400, 86_400)],
)
def test_whatever_a_quota_error_is_told_the_call_can_be_made_again(told: float, believed: float) -> None:
    assert QuotaError("used up", retry_after=told).retry_after == believed
