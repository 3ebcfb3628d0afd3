"""What a question is, and what is none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import attrs
import pytest
from attrs import field, frozen

from brokerport import (
    About,
    Argument,
    AsyncClient,
    Client,
    Header,
    InvalidRequestError,
    Market,
    Paged,
    Provider,
    Question,
    Result,
    Source,
    Symbol,
    UnsupportedError,
)
from brokerport.questions.known import Known

SOURCE = Source("toy", datetime(2024, 5, 2, tzinfo=UTC))


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


@frozen(kw_only=True)
class Fee(Result):
    symbol: Symbol
    percent: float | None = None
    source: Source = field(eq=False)


@frozen
class Ranked:
    name: str
    shares: int


@frozen(kw_only=True)
class Ranking(Paged[Ranked]):
    market: Market
    rows: tuple[Ranked, ...] = ()


@frozen(kw_only=True)
class State(Result):
    text: str
    source: Source = field(eq=False)


class FeeProvider(Provider, ABC):
    @abstractmethod
    async def fee(self, symbol: Symbol, **arguments: Any) -> Fee: ...


class RankingProvider(Provider, ABC):
    @abstractmethod
    async def ranking(self, market: Market, *, by: str, limit: int | None, after: str | None) -> Ranking: ...


class StateProvider(Provider, ABC):
    @abstractmethod
    async def state(self) -> State: ...


def whole_hour(value: int) -> int:
    if value % 60:
        raise InvalidRequestError(f"minutes={value} is no whole hour")
    return value


def fee(
    symbol: str | Symbol,
    *,
    period: Literal["day", "week"] = "day",
    mood: Mood = Mood.GOOD,
    since: date | None = None,
    count: int = 1,
    rate: float = 0.5,
    whole: bool = False,
    note: str = "",
    minutes: Annotated[int, Argument(whole_hour)] = 60,
    timeout: float | None = None,
) -> Fee:
    """What it costs.

    A second paragraph.
    """
    raise NotImplementedError


def ranking(market: str | Market, *, by: str, limit: int | None = 2, after: str | None = None, timeout: float | None = None) -> Ranking:
    """Who is first."""
    raise NotImplementedError


def state(*, timeout: float | None = None) -> State:
    """How it is."""
    raise NotImplementedError


FEE = Question(fee, FeeProvider)
RANKING = Question(ranking, RankingProvider, rows=("name",), columns={"shares": Header("Shares")})
STATE = Question(state, StateProvider, title="State of things")


class Toy(FeeProvider, RankingProvider, StateProvider):
    """Answers all three, and keeps what it was asked."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    async def fee(self, symbol: Symbol, **arguments: Any) -> Fee:
        self.heard.append(arguments)
        return Fee(symbol=symbol, percent=1.5, source=SOURCE)

    async def ranking(self, market: Market, *, by: str, limit: int | None, after: str | None) -> Ranking:
        begin, size = int(after or 0), min(limit or 2, 2)
        rows = tuple(Ranked(f"{by}{place}", place) for place in range(begin, min(begin + size, 5)))
        end = begin + len(rows)
        return Ranking(market=market, rows=rows, cursor=str(end) if end < 5 else None, source=SOURCE)

    async def state(self) -> State:
        return State(text="well", source=SOURCE)


def toys(*questions: Question[..., Any]) -> Known:
    known = Known()
    for each in questions:
        known.learn(each, "plugin 'toy'")
    return known


@pytest.fixture
def toy() -> Toy:
    return Toy()


def test_a_signature_says_name_about_answer_and_docstring() -> None:
    told = [(each.name, each.about, each.answer, each.paged, each.title, each.doc.splitlines()[0]) for each in (FEE, RANKING, STATE)]
    assert told == [
        ("fee", About.SYMBOL, Fee, False, "Fee", "What it costs."),
        ("ranking", About.MARKET, Ranking, True, "Ranking", "Who is first."),
        ("state", About.NOTHING, State, False, "State of things", "How it is."),
    ]


async def test_a_question_about_a_market_has_pages_rows_and_methods(toy: Toy) -> None:
    async with AsyncClient(lambda: toy, broker="toy", questions=toys(RANKING)) as client:
        whole = await client.ask(RANKING, "HK", by="a", limit=None)
        rows = [row async for row in client.iterate(RANKING, Market.HK, by="a")]
        part = await client.ranking("HK", by="a", limit=3)  # type: ignore[attr-defined]
    assert (whole.market, len(whole), whole.cursor) == (Market.HK, 5, None)
    assert (rows, part.rows, part.cursor) == (list(whole), whole.rows[:3], "3")


def test_a_question_about_nothing_takes_nothing_by_place(toy: Toy) -> None:
    with Client(lambda: toy, broker="toy", questions=toys(STATE)) as client:
        assert client.ask(STATE).text == "well"
        assert client.state().to_dicts() == [{"text": "well"}]  # type: ignore[attr-defined]
        with pytest.raises(TypeError, match=r"state\(\): too many positional arguments"):
            client.state("US.TSLA")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, {"period": "day", "mood": Mood.GOOD, "since": None, "count": 1, "rate": 0.5, "whole": False, "note": "", "minutes": 60}),
        ({"since": "2024-05-02", "mood": "bad", "rate": 2}, {"since": date(2024, 5, 2), "mood": Mood.BAD, "rate": 2.0}),
        ({"since": date(2024, 5, 2), "period": "week", "whole": True}, {"since": date(2024, 5, 2), "period": "week", "whole": True}),
    ],
)
def test_arguments_reach_the_provider_as_their_types(toy: Toy, given: dict[str, Any], told: dict[str, Any]) -> None:
    with Client(lambda: toy, broker="toy", questions=toys(FEE)) as client:
        client.ask(FEE, "US.TSLA", **given)
    assert toy.heard[0] == {**toy.heard[0], **told}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"period": "dai"}, r"period='dai' cannot be; did you mean 'day'\? there are 'day', 'week'"),
        ({"mood": "so-so"}, r"mood='so-so' cannot be; there are 'good', 'bad'"),
        ({"since": "yesterday"}, r"since='yesterday' is no day; pass a date, or text such as '2026-01-31'"),
        ({"since": datetime(2024, 5, 2, tzinfo=UTC)}, "since=datetime.*is no day"),
        ({"count": 1.5}, r"count=1.5 is no whole number"),
        ({"count": True}, r"count=True cannot be"),
        ({"rate": "much"}, r"rate='much' is no number"),
        ({"whole": 1}, r"whole=1 must be True or False"),
        ({"note": 7}, r"note=7 is no text"),
        ({"minutes": 61}, r"minutes=61 is no whole hour"),
    ],
)
def test_a_value_that_cannot_be_is_refused_before_anything_is_sent(toy: Toy, given: dict[str, Any], why: str) -> None:
    with Client(lambda: toy, broker="toy", questions=toys(FEE)) as client, pytest.raises(InvalidRequestError, match=why):
        client.ask(FEE, "US.TSLA", **given)
    assert toy.heard == []


@pytest.mark.parametrize(
    ("args", "kwargs", "why"),
    [
        ((), {}, r"fee\(\): missing a required argument: 'symbol'"),
        (("US.TSLA", "US.AAPL"), {}, r"fee\(\): too many positional arguments"),
        (("US.TSLA",), {"symbol": "US.AAPL"}, r"fee\(\): multiple values for argument 'symbol'"),
        (("US.TSLA",), {"perid": "day"}, r"fee\(\): got an unexpected keyword argument 'perid'"),
    ],
)
def test_a_wrong_call_is_a_type_error_in_pythons_words(toy: Toy, args: tuple[Any, ...], kwargs: dict[str, Any], why: str) -> None:
    with Client(lambda: toy, broker="toy") as client, pytest.raises(TypeError, match=why):
        client.ask(FEE, *args, **kwargs)


def nameless(*symbol: str, timeout: float | None = None) -> Fee: ...  # type: ignore[empty-body]
def timeless(symbol: str) -> Fee: ...  # type: ignore[empty-body]
def other_first(stock: str, *, timeout: float | None = None) -> Fee: ...  # type: ignore[empty-body]
def no_answer(symbol: str, *, timeout: float | None = None): ...  # type: ignore[no-untyped-def]
def plain_answer(symbol: str, *, timeout: float | None = None) -> int: ...  # type: ignore[empty-body]
def unpaged(symbol: str, *, timeout: float | None = None) -> Ranking: ...  # type: ignore[empty-body]
def stats(symbol: str, *, timeout: float | None = None) -> Fee: ...  # type: ignore[empty-body]
def capabilities(symbol: str, *, timeout: float | None = None) -> Fee: ...  # type: ignore[empty-body]
def iter_fee(symbol: str, *, timeout: float | None = None) -> Fee: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (nameless, "symbol needs a name and an annotation of its own"),
        (timeless, "has no timeout"),
        (other_first, "begins with stock; it is about a symbol, a market, or nothing"),
        (no_answer, "has to say of which class its answer is"),
        (plain_answer, "has no method plain_answer"),
        (unpaged, "has no method unpaged"),
        (stats, "the name is taken"),
        (capabilities, "the name is taken"),
        (iter_fee, "the name is taken"),
    ],
)
def test_what_is_no_question_says_why(signature: Callable[..., Any], why: str) -> None:
    with pytest.raises(TypeError, match=why):
        Known().learn(Question(signature, FeeProvider), "plugin 'odd'")


def test_an_answer_is_a_result_and_pages_have_limit_and_after() -> None:
    class Odd(Provider):
        async def plain_answer(self, symbol: Symbol) -> int:
            return 1

        async def unpaged(self, symbol: Symbol) -> int:
            return 1

    with pytest.raises(TypeError, match="its answer, int, is no frozen attrs class"):
        _ = Question(plain_answer, Odd).said
    with pytest.raises(TypeError, match="Ranking comes in pages, and the signature lacks limit or after"):
        _ = Question(unpaged, Odd).said


def test_questions_of_the_same_parts_are_equal() -> None:
    assert Question(fee, FeeProvider) == FEE
    assert hash(Question(fee, FeeProvider)) == hash(FEE)
    assert Question(fee, FeeProvider, title="Another") != FEE


def test_two_questions_of_one_name_name_both_who_bring_them() -> None:
    known = toys(FEE)
    known.learn(Question(fee, FeeProvider), "plugin 'other'")
    with pytest.raises(TypeError, match="plugin 'third' and plugin 'toy' bring two different questions of the name fee"):
        known.learn(attrs.evolve(FEE, title="Another"), "plugin 'third'")
    assert known.named("fee") is FEE


def test_a_question_of_cores_name_is_cores() -> None:
    def ark_dynamic(symbol: str, *, timeout: float | None = None) -> Fee:
        raise NotImplementedError

    class Odd(Provider):
        async def ark_dynamic(self, symbol: Symbol) -> Fee:
            raise NotImplementedError

    with pytest.raises(TypeError, match="plugin 'odd' and brokerport itself bring two different questions of the name ark_dynamic"):
        Known().learn(Question(ark_dynamic, Odd), "plugin 'odd'")


def test_an_unknown_name_is_an_attribute_error_with_a_hint(toy: Toy) -> None:
    client = Client(lambda: toy, broker="toy", questions=toys(FEE))
    with pytest.raises(AttributeError, match=r"<Client toy> has no 'fees'; did you mean 'fee'\?"):
        client.fees  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="has no 'iter_fee'"):
        client.iter_fee  # type: ignore[attr-defined]  # noqa: B018


def test_an_argument_that_came_later_is_passed_when_it_is_told_only() -> None:
    class Before(Provider, ABC):
        @abstractmethod
        async def grown(self, symbol: Symbol) -> Fee: ...

    def grown(symbol: str | Symbol, *, days: Annotated[Literal[1, 5], Argument(int, added=True)] = 1, timeout: float | None = None) -> Fee:
        raise NotImplementedError

    class Old(Before):
        async def grown(self, symbol: Symbol) -> Fee:
            return Fee(symbol=symbol, source=SOURCE)

    question = Question(grown, Before)
    with Client(Old, broker="old") as client:
        assert str(client.ask(question, "US.TSLA").symbol) == "US.TSLA"
        with pytest.raises(UnsupportedError, match="old does not answer grown with days=5; leave it out, or ask another broker"):
            client.ask(question, "US.TSLA", days=5)


def test_help_and_editors_see_the_signature_and_its_words() -> None:
    import inspect

    told = inspect.signature(Client.short_volume)  # type: ignore[call-overload]
    assert list(told.parameters) == ["self", "symbol", "limit", "after", "timeout"]
    assert inspect.getdoc(Client.short_volume).startswith("Daily short volume, newest first.")  # type: ignore[call-overload, union-attr]
    assert "Row by row" in (inspect.getdoc(AsyncClient.iter_short_volume) or "")  # type: ignore[call-overload]
