"""A package with questions of its own: about a symbol, about a market on a day, and about nothing; and its tests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, ClassVar, NoReturn

import pytest
from attrs import evolve, field, frozen

from brokerport import (
    BadReplyError,
    Capability,
    ConnectError,
    Header,
    InvalidRequestError,
    Market,
    Paged,
    Provider,
    Question,
    QuotaError,
    RejectedError,
    Result,
    Sense,
    Source,
    Symbol,
    Unit,
    UnsupportedError,
)
from brokerport.questions.arguments import PAGE, After, Limit
from brokerport.testing import Broken, Expected, Make, ProviderContract

NEWEST = date(2024, 5, 31)


@frozen(kw_only=True)
class BorrowFee(Result):
    symbol: Symbol
    fee: float | None = None  #: percent a year
    rebate: float | None = None  #: percent a year; below zero the borrower pays
    recalled: date | None = None  #: when the shares have to be back
    source: Source = field(eq=False)


@frozen
class Loan:
    symbol: Symbol
    shares: int | None = None


@frozen(kw_only=True)
class Loans(Paged[Loan]):
    market: Market
    day: date
    rows: tuple[Loan, ...] = ()


@frozen(kw_only=True)
class Status(Result):
    lends: bool
    since: datetime | None = None
    source: Source = field(eq=False)


class Lender(Provider, ABC):
    @abstractmethod
    async def borrow_fee(self, symbol: Symbol) -> BorrowFee: ...
    @abstractmethod
    async def loans(self, market: Market, *, day: date, limit: int | None, after: str | None) -> Loans: ...
    @abstractmethod
    async def status(self) -> Status: ...


def borrow_fee(symbol: str | Symbol, *, timeout: float | None = None) -> BorrowFee:
    """What it costs to borrow the stock."""
    raise NotImplementedError


def loans(market: str | Market, *, day: str | date, limit: Limit = PAGE, after: After = None, timeout: float | None = None) -> Loans:
    """The shares that were lent on a day, the most first."""
    raise NotImplementedError


def status(*, timeout: float | None = None) -> Status:
    """Whether anything is lent at present."""
    raise NotImplementedError


YEARLY = Unit("% a year")
SENSE = Sense(signed=frozenset({"rebate"}), ahead=frozenset({"recalled"}))
FEES = {"fee": Header("Fee", YEARLY), "rebate": Header("Rebate", YEARLY), "recalled": Header("Recalled")}
BORROW_FEE = Question(borrow_fee, Lender, columns=FEES, sense=SENSE)
LOANS = Question(loans, Lender, rows=("symbol",), columns={"shares": Header("Shares")})
STATUS = Question(status, Lender)


class Keeps(Lender):
    codes: ClassVar[list[str]] = [f"A{place:02}" for place in range(70)]
    due: ClassVar[date] = date(2100, 1, 1)

    async def borrow_fee(self, symbol: Symbol) -> BorrowFee:
        _check(symbol.market)
        return BorrowFee(symbol=symbol, fee=4.25, rebate=-0.75, recalled=self.due, source=_source())

    async def loans(self, market: Market, *, day: date, limit: int | None, after: str | None) -> Loans:
        _check(market)
        if after not in (None, *self.codes):
            raise InvalidRequestError(f"{after!r} is no cursor")
        start = 0 if after is None else self.codes.index(after) + 1
        codes = self.codes[start : start + min(limit or 50, 50)]
        rows = tuple(Loan(Symbol(market, code), 1000 - int(code[1:])) for code in codes)
        return Loans(market=market, day=day, rows=rows, cursor=codes[-1] if codes[-1] != self.codes[-1] else None, source=_source())

    async def status(self) -> Status:
        return Status(lends=True, since=datetime(2024, 5, 31, tzinfo=UTC), source=_source())

    def capabilities(self) -> tuple[Capability, ...]:
        return tuple(evolve(each, markets=frozenset({Market.US})) for each in super().capabilities())


def _check(market: Market) -> None:
    if market is not Market.US:
        raise UnsupportedError(f"nothing of {market}")


def _source() -> Source:
    return Source("lender", datetime.now(UTC))


class OwesARebate(Keeps):
    async def borrow_fee(self, symbol: Symbol) -> BorrowFee:
        return evolve(await super().borrow_fee(symbol), fee=-4.25)


class AnswersForAnotherMarket(Keeps):
    async def loans(self, market: Market, *, day: date, limit: int | None, after: str | None) -> Loans:
        return evolve(await super().loans(market, day=day, limit=limit, after=after), market=Market.HK)


class LendsOneTwice(Keeps):
    codes: ClassVar = [Keeps.codes[0], *Keeps.codes]


class Raises(Keeps):
    def __init__(self, error: Exception) -> None:
        self._error = error

    async def borrow_fee(self, symbol: Symbol) -> NoReturn:
        raise self._error

    async def loans(self, market: Market, *, day: date, limit: int | None, after: str | None) -> NoReturn:
        raise self._error

    async def status(self) -> NoReturn:
        raise self._error


class TestKeeps(ProviderContract):
    questions: ClassVar[Sequence[Question[..., Any]]] = (BORROW_FEE, LOANS, STATUS)
    arguments: ClassVar = {"loans": {"day": NEWEST}}
    expected: ClassVar[Expected] = {
        ("borrow_fee", "US.TSLA"): {"fee": 4.25, "rebate": -0.75},
        ("loans", "US"): {"day": NEWEST - timedelta(days=1), "symbol": "US.A01", "shares": 999},
        "status": {"lends": True, "since": "2024-05-31T00:00:00Z"},
    }
    provider: ClassVar[type[Provider]] = Keeps

    @pytest.fixture
    def make(self) -> Make:
        return self.provider

    @pytest.fixture
    def broken(self) -> Broken:
        errors: dict[Any, Exception] = {
            "unreachable": ConnectError("nobody listens"),
            "refusing": RejectedError("no", code=1, text="no"),
            "exhausted": QuotaError("wait", retry_after=30.0),
            "garbled": BadReplyError("what?"),
        }
        return {"silent": "it is never silent", **{how: partial(Raises, error) for how, error in errors.items()}}


class TestOwesARebate(TestKeeps):
    provider = OwesARebate
    expected: ClassVar = {}


class TestAnswersForAnotherMarket(TestKeeps):
    provider = AnswersForAnotherMarket
    expected: ClassVar = {}


class TestLendsOneTwice(TestKeeps):
    provider = LendsOneTwice
    expected: ClassVar = {}


class TestTellsNoQuestions(TestKeeps):
    questions: ClassVar = (BORROW_FEE,)
