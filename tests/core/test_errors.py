"""The tree of errors: who is whose parent, what is worth another try, and what each carries."""

from __future__ import annotations

import logging
import pickle
from copy import copy
from math import inf, nan
from typing import Any

import pytest

import brokerport
from brokerport import errors, logs
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


HOSTILE = "\x1b]0;owned\x07\n\u202e\x9b2J\ud800" + "words " * 150_000


@pytest.mark.parametrize("kind", TREE)
def test_whoever_wrote_an_error_it_is_one_printable_line_of_bounded_length(kind: type[BrokerportError]) -> None:
    error = kind(HOSTILE, **{**DETAILS.get(kind, {}), **({"text": HOSTILE} if "text" in DETAILS.get(kind, {}) else {})})
    error.add_note(HOSTILE)
    for again in (error, copy(error), pickle.loads(pickle.dumps(error))):
        for text in (str(again), getattr(again, "text", ""), *again.args, *again.__notes__):
            assert text.isprintable()
            assert len(text) <= logs.LONGEST_ERROR + 1
    assert len(getattr(error, "text", "")) <= logs.LONGEST_TEXT + 1


@pytest.mark.parametrize("value", [HOSTILE, HOSTILE.encode("utf-8", "replace"), [HOSTILE] * 9, {HOSTILE: HOSTILE}])
def test_a_quoted_value_is_short_and_printable(value: object) -> None:
    assert logs.quoted(value).isprintable()
    assert len(logs.quoted(value)) <= logs.LONGEST_TEXT + 1


def test_a_strangers_error_is_told_in_short() -> None:
    told = logs.said(ValueError(HOSTILE))
    assert told.startswith("ValueError:  ]0;owned")
    assert told.isprintable()
    assert len(told) <= logs.LONGEST_TEXT + 1


def test_a_line_of_the_log_is_printable_and_not_too_long(caplog: pytest.LogCaptureFixture) -> None:
    logs.log("part").warning("%s says %s", "a plugin", HOSTILE)
    logs.log().warning("the plain one of %d", 1)
    long, plain = (record.getMessage() for record in caplog.records)
    assert long.startswith("a plugin says \\x1b]0;owned")
    assert long.isprintable()
    assert len(long) == logs.LONGEST_ERROR + 1
    assert plain == "the plain one of 1"


def test_so_is_every_line_of_a_traceback_in_it(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logs.log().exception("a plugin failed")
    lines = (caplog.records[0].exc_text or "").split("\n")
    assert lines[0].startswith("Traceback")
    assert all(line.isprintable() and len(line) <= logs.LONGEST_ERROR + 1 for line in lines)


def test_a_secret_is_hidden_before_the_text_is_cut() -> None:
    secret = brokerport.Secret("a secret that is long")
    text = "x" * (logs.LONGEST_TEXT - 8) + secret.reveal()
    assert logs.clean(text) == "x" * (logs.LONGEST_TEXT - 8) + "***"


# what comes again and again


def test_what_a_stranger_can_make_us_log_is_logged_once_a_minute_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    seldom = logs.Seldom(clock=lambda: now)
    for _ in range(100_000):
        seldom.warn("kicked out: %s", "elsewhere")
        now += 1 / 1024
    seldom.total("it was kicked out")
    assert [record.getMessage() for record in caplog.records] == [
        "kicked out: elsewhere",
        "kicked out: elsewhere (and 61439 times before)",
        "it was kicked out 38559 times more",
    ]


def test_of_some_so_many_are_logged_at_once(caplog: pytest.LogCaptureFixture) -> None:
    seldom = logs.Seldom(10, clock=lambda: 0.0)
    for number in range(25):
        seldom.log(logging.ERROR, "failed on %d", number)
    assert [record.args for record in caplog.records] == [(number,) for number in range(10)]
    seldom.total("it failed")
    seldom.total("it failed")
    assert caplog.records[10:][0].getMessage() == "it failed 15 times more"
    assert len(caplog.records) == 11
