"""What each test of the contract is called: its number, its level, what it needs, and when it does not apply."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NoReturn, TypeVar

import pytest
from attrs import frozen

F = TypeVar("F", bound=Callable[..., object])

NOT_RUN = "not run: "  # how the reason begins where a case applies and could not be tried


class Level(StrEnum):
    """How much of the contract a provider keeps; each holds the ones before it."""

    BRONZE = "bronze"  #: the answers are right
    SILVER = "silver"  #: and so are pages, limits and cursors, many calls at a time, deadlines, and the end of calls and clients
    GOLD = "gold"  #: and so are the errors, each kind of them


@frozen
class Case:
    """One test of the contract."""

    number: int  #: its own for ever
    title: str  #: what holds
    level: Level
    needs: tuple[int, ...] = ()  #: the cases without which it tells nothing
    skips: tuple[str, ...] = ()  #: the reasons for which it does not apply


def case(level: Level, *, needs: tuple[int, ...] = (), skips: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Make a test a case; its number and title are its name's: ``test_08_rows_are_newest_first``."""

    def mark(test: F) -> F:
        _, number, title = test.__name__.split("_", 2)
        test.contract_case = Case(int(number), title.replace("_", " "), level, needs, skips)  # type: ignore[attr-defined]
        return test

    return mark


def cases_of(suite: type) -> tuple[Case, ...]:
    """The cases among the methods of a class, by number."""
    marked = (getattr(getattr(suite, name), "contract_case", None) for name in dir(suite) if name.startswith("test_"))
    return tuple(sorted(filter(None, marked), key=lambda each: each.number))


def not_run(reason: str) -> NoReturn:
    """Skip a case that applies; it counts against the level."""
    pytest.skip(NOT_RUN + reason)
