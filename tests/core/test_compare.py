"""Two brokers side by side: what is the same, what differs, and what is lost by switching."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    BrokerportError,
    BrokerRanking,
    CapitalDistribution,
    Client,
    InvalidRequestError,
    Market,
    OpenShort,
    OrderSizes,
    Provider,
    RankedBroker,
    RejectedError,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Side,
    Source,
    Symbol,
    registry,
)
from brokerport.comparing.compare import compare
from brokerport.comparing.comparison import Comparison, Difference, DifferenceKind, Only
from brokerport.models import Result
from brokerport.questions import QUESTIONS, ArkProvider, BrokerRankingProvider, CapitalProvider, ShortProvider

TSLA = Symbol.parse("US.TSLA")
DAY = date(2024, 5, 3)
NOON = datetime(2024, 5, 3, 12, tzinfo=Market.US.zone)
SOURCE = Source("toy", datetime(2024, 5, 3, 21, tzinfo=UTC))


class Saying(ArkProvider, BrokerRankingProvider, CapitalProvider, ShortProvider):
    """Gives one answer after the other, the last again and again; an error is raised."""

    def __init__(self, *answers: Result | BrokerportError) -> None:
        self._answers = list(answers)

    def _next(self) -> Any:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, BrokerportError):
            raise answer
        return answer

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return self._next()  # type: ignore[no-any-return]

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        return self._next()  # type: ignore[no-any-return]

    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        return self._next()  # type: ignore[no-any-return]

    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        return self._next()  # type: ignore[no-any-return]

    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        return self._next()  # type: ignore[no-any-return]


def says(broker: str, *answers: Result | BrokerportError) -> Client:
    return Client(lambda: Saying(*answers), broker=broker)


def compared(first: Result | list[Result], second: Result, question: str = "short_volume", **arguments: Any) -> Comparison:
    """``first`` is one answer, or those to being asked again."""
    with says("ours", *(first if isinstance(first, list) else [first])) as ours, says("theirs", second) as theirs:
        return compare(ours, theirs, question, TSLA, **{"limit": None, **arguments} if question in HISTORIES else arguments)


HISTORIES = ("short_volume", "short_interest")


def history(*rows: ShortVolume, cursor: str | None = None, **more: Any) -> ShortVolumeHistory:
    return ShortVolumeHistory(symbol=TSLA, rows=rows, cursor=cursor, source=SOURCE, **more)


def days(*volumes: int, first: date = DAY) -> list[ShortVolume]:
    """One row a day, newest first."""
    return [ShortVolume(day=first - timedelta(place), volume=volume) for place, volume in enumerate(volumes)]


def ark(**told: Any) -> ArkDynamic:
    return ArkDynamic(symbol=TSLA, source=SOURCE, **told)


def capital(large: float, **told: Any) -> CapitalDistribution:
    sizes = OrderSizes(large=large, medium=2.0, small=3.0)
    return CapitalDistribution(symbol=TSLA, inflow=sizes, outflow=sizes, source=SOURCE, **told)


def ranking(*rows: RankedBroker) -> BrokerRanking:
    return BrokerRanking(symbol=TSLA, real_time=True, as_of=NOON, rows=rows, source=SOURCE)


def one(figure: str, first: Any, second: Any, **arguments: Any) -> tuple[Difference, ...]:
    """The differences of two rows that tell one figure of one day."""
    ours, theirs = (history(ShortVolume(day=DAY, **{figure: value})) for value in (first, second))
    return compared(ours, theirs, **arguments).differences


# Figures


@pytest.mark.parametrize(
    ("figure", "first", "second"),
    [
        ("volume", 995, 1000),  # 0.5 %, just
        ("volume", 10**400, 10**400),
        ("volume", 1000, 1000.0),
        ("close", 12.34, 12.3412),
        ("close", 0.0, -0.0),
        ("close", float("nan"), float("nan")),
        ("close", float("inf"), float("inf")),
        ("short_percent", 0.53, 0.5349),  # 0.9 % apart; one may be the other, rounded
        ("short_percent", 0.53, 0.525),
    ],
)
def test_figures_within_rounding_are_the_same(figure: str, first: Any, second: Any) -> None:
    assert one(figure, first, second) == ()


@pytest.mark.parametrize(
    ("figure", "first", "second", "relative"),
    [
        ("volume", 1000, 1006, 6 / 1006),
        ("volume", 0, 1, 1.0),
        ("volume", -5, 5, 2.0),
        ("volume", 10**400, 2 * 10**400, 0.5),
        ("volume", 10**400, 0.5, None),
        ("close", 0.53, 0.5349, 0.0049 / 0.5349),
        ("close", 1.0, float("nan"), None),
        ("close", 1.0, float("inf"), None),
        ("close", 1e308, -1e308, None),
        ("short_percent", 0.53, 0.54, 0.01 / 0.54),
    ],
)
def test_figures_further_apart_differ(figure: str, first: Any, second: Any, relative: float | None) -> None:
    (found,) = one(figure, first, second)
    assert (found.row, found.field, found.kind) == ("2024-05-03", figure, DifferenceKind.DIFFERS)
    assert found.relative == (None if relative is None else pytest.approx(relative))


def test_no_tolerance_means_exactly() -> None:
    assert one("volume", 1000, 1001, tolerance=0) != ()
    assert one("short_percent", 0.53, 0.5301, tolerance=0) != ()
    assert one("volume", 1000, 1000, tolerance=0) == ()


def test_a_greater_tolerance_lets_more_pass() -> None:
    assert one("volume", 1000, 1090, tolerance=0.1) == ()


def test_days_and_kinds_are_compared_exactly() -> None:
    sell, buy = (
        ark(kind=ArkDynamicKind.LAST_TRANSACTION, last_transaction=DAY),
        ark(kind=ArkDynamicKind.UNKNOWN, last_transaction=date(2024, 5, 2)),
    )
    told = compared(sell, buy, "ark_dynamic").to_dicts()
    assert told == [
        {"row": None, "field": "kind", "kind": "differs", "first": "last_transaction", "second": "unknown", "relative": None},
        {"row": None, "field": "last_transaction", "kind": "differs", "first": DAY, "second": date(2024, 5, 2), "relative": None},
    ]


def test_yes_and_no_are_no_numbers() -> None:
    real, past = ranking(), evolve(ranking(), real_time=False)
    (found,) = compared(real, past, "broker_ranking", tolerance=0.99).differences
    assert (found.field, found.first, found.second, found.relative) == ("real_time", True, False, None)


def test_times_are_the_same_when_their_day_is() -> None:
    early, late = capital(1.0, updated_at=NOON), capital(1.0, updated_at=NOON + timedelta(hours=3))
    assert compared(early, late, "capital_distribution").verdict == "safe"
    (found,) = compared(early, capital(1.0, updated_at=NOON + timedelta(days=1)), "capital_distribution").differences
    assert found.field == "updated_at"


def test_a_value_inside_is_named_as_its_column() -> None:
    found = compared(capital(1.0), capital(2.0), "capital_distribution")
    assert [each.field for each in found.differences] == ["inflow_large", "outflow_large"]
    assert found.matched == 1
    assert found.verdict == "not safe: differing figures: 2 (inflow_large, outflow_large)"


# Silence


def test_nothing_told_is_not_the_same_as_a_figure() -> None:
    full, gap = history(*days(1, 2)), history(*days(1), ShortVolume(day=date(2024, 5, 2)))
    (found,) = compared(full, gap).differences
    assert found == Difference(row="2024-05-02", field="volume", kind=DifferenceKind.UNTOLD, first=2, second=None, relative=None)


def test_a_field_that_the_second_never_tells_is_lost_and_no_difference() -> None:
    rich, poor = history(ShortVolume(day=DAY, volume=9, close=1.5)), history(ShortVolume(day=DAY, volume=9))
    found = compared(rich, poor)
    assert (found.differences, found.shared, found.only_first.fields) == ((), ("volume",), ("close",))
    assert (found.agrees, found.safe) == (True, False)
    assert found.verdict == "safe for what both tell: theirs does not tell close"


def test_a_field_that_the_first_never_told_is_no_loss() -> None:
    rich, poor = history(ShortVolume(day=DAY, volume=9, close=1.5)), history(ShortVolume(day=DAY, volume=9))
    found = compared(poor, rich)
    assert (found.only_second.fields, found.safe, found.verdict) == (("close",), True, "safe")


def test_what_is_said_beside_the_rows_is_compared_too() -> None:
    short = OpenShort(shares=7, percent=0.5, day=DAY)
    row = days(1)
    assert compared(history(*row, open_short=short), history(*row)).only_first.fields == (
        "open_short_shares",
        "open_short_percent",
        "open_short_day",
    )
    (found,) = compared(history(*row, open_short=short), history(*row, open_short=evolve(short, shares=8))).differences
    assert (found.row, found.field) == (None, "open_short_shares")


def test_nothing_in_common_is_not_safe() -> None:
    found = compared(ark(transactions=1), ark(net_shares=1), "ark_dynamic")
    assert found.verdict == "not safe: there is nothing in common to compare; theirs does not tell transactions"


def test_two_silences_agree_and_the_verdict_says_that_it_is_silence() -> None:
    assert compared(history(), history()).verdict == "safe: neither tells anything"


# Rows


def test_rows_are_matched_by_day_and_not_by_place() -> None:
    found = compared(history(*days(1, 2, 3)), history(*reversed(days(1, 2, 3))))
    assert (found.matched, found.verdict) == (3, "safe")


def test_the_newest_day_may_come_later() -> None:
    found = compared(history(*days(1, 2, 3), cursor="x"), history(*days(2, 3, 4, first=date(2024, 5, 2)), cursor="y"), limit=3)
    assert (found.only_first, found.only_second) == (Only(newer=("2024-05-03",)), Only())
    assert (found.matched, found.verdict) == (2, "safe: theirs is one row behind")


def test_two_days_behind_is_a_loss() -> None:
    found = compared(history(*days(1, 2, 3)), history(*days(3, first=date(2024, 5, 1))))
    assert found.verdict == "safe for what both tell: theirs is 2 rows behind"
    assert compared(history(*days(3, first=date(2024, 5, 1))), history(*days(1, 2, 3))).safe


def test_rows_beyond_those_that_were_asked_for_are_not_judged() -> None:
    ahead = history(*days(0, 1, 2, first=date(2024, 5, 4)), cursor="y")
    assert compared(history(*days(1, 2, 3)), ahead, limit=3).verdict == "safe"
    assert compared(history(*days(1, 2, 3)), evolve(ahead, cursor=None), limit=3).only_first == Only(older=("2024-05-01",))


def test_a_history_that_begins_later_is_a_loss() -> None:
    long, short = history(*days(1, 2, 3)), history(*days(1))
    assert compared(long, short).verdict == "safe for what both tell: theirs does not reach back to 2024-05-01"
    assert compared(short, long).only_second == Only(older=("2024-05-02", "2024-05-01"))


def test_a_gap_is_a_disagreement_on_either_side() -> None:
    full, gap = history(*days(1, 2, 3)), history(*days(1), *days(3, first=date(2024, 5, 1)))
    assert compared(full, gap).verdict == "not safe: only ours has 2024-05-02"
    assert compared(gap, full).verdict == "not safe: only theirs has 2024-05-02"


def test_rows_against_none_are_not_safe() -> None:
    assert compared(history(), history(*days(1))).verdict == "not safe: only theirs has 2024-05-03; there is nothing in common to compare"


def test_days_that_do_not_overlap_are_not_safe_even_if_the_rest_agrees() -> None:
    short = OpenShort(shares=7)
    found = compared(history(*days(1), open_short=short), history(*days(1, first=date(2023, 1, 2)), open_short=short))
    assert (found.matched, found.agrees) == (0, False)
    assert "there is nothing in common to compare" in found.verdict


def test_brokers_are_matched_by_side_and_name() -> None:
    ubs, citi = RankedBroker("UBS", Side.BUY, 5), RankedBroker("Citi", Side.BUY, 4)
    other = RankedBroker("UBS", Side.SELL, -5)
    assert compared(ranking(ubs, citi), ranking(citi, ubs), "broker_ranking").verdict == "safe"
    found = compared(ranking(ubs, citi), ranking(citi, other), "broker_ranking")
    assert (found.only_first.rows, found.only_second.rows) == (("buy UBS",), ("sell UBS",))
    assert not found.agrees


def test_rows_that_nothing_tells_apart_are_matched_by_place() -> None:
    rows = RankedBroker(net_volume=1), RankedBroker(net_volume=2)
    assert compared(ranking(*rows), ranking(*rows), "broker_ranking").verdict == "safe"
    (found,) = compared(ranking(*rows), ranking(rows[0], RankedBroker(net_volume=3)), "broker_ranking").differences
    assert (found.row, found.first, found.second) == ("- - #2", 2, 3)


# Movement


def test_a_figure_on_the_way_from_one_answer_of_the_first_to_the_next_has_moved() -> None:
    before, between, after = capital(100.0), capital(150.0), capital(200.0)
    assert compared([before, after], between, "capital_distribution").verdict == "safe"
    assert compared([before, after], after, "capital_distribution").verdict == "safe"


def test_a_figure_that_stood_still_and_differs_is_a_disagreement() -> None:
    found = compared([capital(100.0), capital(100.0)], capital(150.0), "capital_distribution")
    assert {each.kind for each in found.differences} == {DifferenceKind.DIFFERS}


def test_a_figure_that_moved_and_still_differs_is_marked() -> None:
    found = compared([capital(100.0), capital(200.0)], capital(900.0), "capital_distribution")
    assert {(each.kind, each.first, each.second) for each in found.differences} == {(DifferenceKind.MOVING, 200.0, 900.0)}
    assert found.verdict == (
        "not safe: differing figures: 2 (inflow_large, outflow_large); moved meanwhile: 2 of them, ask again after the close"
    )


def test_a_row_that_came_or_went_meanwhile_is_no_disagreement() -> None:
    ubs, citi = RankedBroker("UBS", Side.BUY, 5), RankedBroker("Citi", Side.BUY, 4)
    assert compared([ranking(ubs), ranking(ubs, citi)], ranking(ubs, citi), "broker_ranking").agrees
    assert compared([ranking(ubs, citi), ranking(ubs)], ranking(ubs), "broker_ranking").agrees
    assert compared([ranking(citi), ranking(ubs)], ranking(ubs, citi), "broker_ranking").agrees
    assert compared([ranking(ubs), ranking(citi)], ranking(), "broker_ranking").only_first.rows == ()


def test_the_first_is_asked_again_only_when_they_disagree() -> None:
    with says("ours", ark(transactions=1), ark(transactions=2)) as ours, says("theirs", ark(transactions=1)) as theirs:
        assert compare(ours, theirs, "ark_dynamic", TSLA).agrees
        assert (ours.stats().calls, theirs.stats().calls) == (1, 1)
        assert not compare(ours, theirs, "ark_dynamic", TSLA).agrees
        assert (ours.stats().calls, theirs.stats().calls) == (3, 2)


def test_the_first_is_not_asked_again_for_what_the_second_never_tells() -> None:
    with says("ours", ark(transactions=1, net_shares=2)) as ours, says("theirs", ark(transactions=1)) as theirs:
        assert not compare(ours, theirs, "ark_dynamic", TSLA).safe
        assert ours.stats().calls == 1


# Failures


@pytest.mark.parametrize("failing", ["ours", "theirs"])
def test_a_broker_that_fails_is_named(failing: str) -> None:
    answers: dict[str, Result | BrokerportError] = {"ours": ark(), "theirs": ark(), failing: RejectedError("no", code=1, text="no")}
    with says("ours", answers["ours"]) as ours, says("theirs", answers["theirs"]) as theirs, pytest.raises(RejectedError) as caught:
        compare(ours, theirs, "ark_dynamic", TSLA)
    assert f"{failing} failed while ours was compared with theirs" in caught.value.__notes__


@pytest.mark.parametrize(
    ("question", "arguments", "said"),
    [
        ("short-volume", {}, r"there is no question 'short-volume'; did you mean 'short_volume'\? there are ark_dynamic"),
        ("short_volume", {"days_before": 1}, "to compare, short_volume takes limit, not days_before"),
        ("short_volume", {"after": "x"}, "to compare, short_volume takes limit, not after"),
        ("ark_dynamic", {"limit": 1}, "to compare, ark_dynamic takes nothing more, not limit"),
        ("ark_dynamic", {"tolerance": -0.1}, "tolerance=-0.1 cannot be"),
        ("ark_dynamic", {"tolerance": float("nan")}, "tolerance=nan cannot be"),
        ("ark_dynamic", {"tolerance": 1}, "tolerance=1 cannot be"),
        ("ark_dynamic", {"tolerance": "x"}, "tolerance='x' cannot be; pass a part of the larger figure, such as 0.005 for 0.5 %"),
        ("ark_dynamic", {"tolerance": None}, "tolerance=None cannot be"),
        ("ark_dynamic", {"tolerance": False}, "tolerance=False cannot be"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(question: str, arguments: dict[str, Any], said: str) -> None:
    def never() -> Provider:
        raise AssertionError

    with Client(never, broker="ours") as ours, pytest.raises(InvalidRequestError, match=f"^{said}"):
        compare(ours, ours, question, TSLA, **arguments)


# Laws

NUMBERS = st.one_of(st.none(), st.integers(), st.floats())
COUNTS = st.one_of(st.none(), st.integers())
ROW = st.builds(
    ShortVolume,
    day=st.one_of(st.none(), st.dates(date(2024, 5, 1), date(2024, 5, 9))),
    volume=COUNTS,
    close=NUMBERS,
    short_percent=st.one_of(st.none(), st.floats()),
)
OPEN = st.one_of(st.none(), st.builds(OpenShort, shares=COUNTS, percent=NUMBERS))
HISTORY = st.builds(
    ShortVolumeHistory,
    symbol=st.just(TSLA),
    rows=st.lists(ROW, max_size=6).map(tuple),
    open_short=OPEN,
    source=st.just(SOURCE),
)
BROKER = st.builds(
    RankedBroker, name=st.sampled_from([None, "UBS", "Citi"]), side=st.sampled_from(Side), net_volume=COUNTS, average_price=NUMBERS
)
RANKING = st.builds(
    BrokerRanking,
    symbol=st.just(TSLA),
    real_time=st.one_of(st.none(), st.booleans()),
    rows=st.lists(BROKER, max_size=4).map(tuple),
    source=st.just(SOURCE),
)
ANSWERS: dict[str, st.SearchStrategy[Any]] = {"short_volume": HISTORY, "broker_ranking": RANKING}
BOTH = pytest.mark.parametrize("question", ANSWERS)


@BOTH
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_answer_against_itself_is_always_safe(question: str, data: st.DataObject) -> None:
    answer = data.draw(ANSWERS[question])
    found = compared(answer, answer, question, tolerance=0)
    assert (found.differences, found.only_first, found.only_second) == ((), Only(), Only())
    assert found.safe


@BOTH
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_other_way_round_the_sides_are_swapped(question: str, data: st.DataObject) -> None:
    first, second = data.draw(ANSWERS[question]), data.draw(ANSWERS[question])
    one_way, other_way = compared(first, second, question), compared(second, first, question)
    assert one_way.agrees == other_way.agrees
    assert (one_way.only_first, one_way.matched, one_way.shared) == (other_way.only_second, other_way.matched, other_way.shared)
    assert set(map(repr, one_way.differences)) == {
        repr(evolve(each, first=each.second, second=each.first)) for each in other_way.differences
    }


# Real plugins


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_is_safe_to_switch_between_brands_of_one_protocol(question: str) -> None:
    symbol = "HK.00700" if question == "broker_ranking" else "US.TSLA"
    with registry.get("futu", sandbox=True) as futu, registry.get("moomoo", sandbox=True) as moomoo:
        found = compare(futu, moomoo, question, symbol)
    assert (found.verdict, found.brokers) == ("safe", ("futu", "moomoo"))
    assert all(source.sandbox for source in found.sources)
    assert found.matched > 0
