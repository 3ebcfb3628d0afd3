"""What the contract says of the shape of an answer: types as annotated, frozen, further fields of subclasses too."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import attrs
import pytest

from brokerport import ArkDynamic, BrokerRanking, Market, RankedBroker, ShortVolume, ShortVolumeHistory, Source, Symbol
from brokerport.testing.shape import broken_promises, changeable, column, differences, leaves

NOON = datetime(2024, 5, 31, 12, tzinfo=Market.HK.zone)
TSLA = Symbol.parse("US.TSLA")
ARK = ArkDynamic(symbol=TSLA, source=Source("toy", NOON))


def ranking(*rows: Any) -> BrokerRanking:
    return BrokerRanking(symbol=Symbol.parse("HK.1"), rows=rows, source=Source("toy", NOON))


@attrs.frozen
class Further(RankedBroker):
    """A broker of whom more is known."""

    holds: int | None = None


@attrs.define
class Open:
    """A value that anybody may change."""

    share: float = 1.0


@attrs.define(unsafe_hash=True)
class Hashed:
    """A value that anybody may change, though a set can hold it."""

    share: float = 1.0


@attrs.frozen
class HoldsOpen(RankedBroker):
    """Frozen, but for what it holds."""

    open: Open | None = None


class Forgot(RankedBroker):
    """Without @frozen, what it adds is no field."""

    known: ClassVar[int] = 1
    holds: int | None = None


@attrs.frozen(kw_only=True)
class Mine(ShortVolumeHistory):
    """A history of whose whole more is known."""

    average: float | None = None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"kind": None}, None),
        ({"kind": "last_transaction"}, "kind is 'last_transaction', of str; promised is"),
        ({"transactions": 2.0}, "transactions is 2.0, of float; promised is"),
        ({"transactions": True}, "transactions is True, of bool; promised is"),
        ({"net_shares": ""}, "net_shares is '', of str; promised is"),
        ({"last_transaction": NOON}, "last_transaction is datetime.datetime"),
        ({"symbol": None}, "symbol is None and has to be there"),
        ({"source": Source("toy", datetime(2024, 5, 31))}, "which names no time zone"),  # noqa: DTZ001  # that is the fault
    ],
)
def test_a_wrong_type_is_named(change: dict[str, Any], complaint: str | None) -> None:
    said = list(broken_promises(attrs.evolve(ARK, **change), "ark"))
    assert len(said) == (0 if complaint is None else 1)
    assert complaint is None or (said[0].startswith("ark.") and complaint in said[0])


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (RankedBroker(name=7), "ranking.rows[1].name is 7, of int; promised is str | None"),  # type: ignore[arg-type]
        (Further(holds="7"), "ranking.rows[1].holds is '7', of str; promised is int | None"),  # type: ignore[arg-type]
        (ShortVolume(), "ranking.rows[1] is ShortVolume("),
        (None, "ranking.rows[1] is None and has to be there"),
        (Forgot(), "ranking.rows[1].holds is annotated, and no field: Forgot lacks @frozen"),
    ],
)
def test_a_row_is_named_with_its_place(row: Any, complaint: str) -> None:
    (said,) = broken_promises(ranking(Further(holds=7), row), "ranking")
    assert said.startswith(complaint)


def test_rows_in_a_list_are_no_tuple() -> None:
    (said,) = broken_promises(attrs.evolve(ranking(), rows=[]), "ranking")  # type: ignore[arg-type]  # that is the fault
    assert said.startswith("ranking.rows is [], of list")


def test_further_fields_of_an_answer_are_checked_too() -> None:
    answer = Mine(symbol=TSLA, average="1", source=Source("toy", NOON))  # type: ignore[arg-type]
    assert [said.partition(",")[0] for said in broken_promises(answer, "mine")] == ["mine.average is '1'"]


@pytest.mark.parametrize(
    ("answer", "complaints"),
    [
        (ranking(Further()), []),
        (
            ranking(HoldsOpen(open=Open())),
            ["ranking cannot be hashed: unhashable type: 'Open'", "ranking.rows[0].open can be changed; it has to be frozen"],
        ),
        (ranking(Hashed()), ["ranking.rows[0] can be changed; it has to be frozen"]),
    ],
)
def test_what_can_be_changed_is_named_wherever_it_is(answer: Any, complaints: list[str]) -> None:
    assert list(changeable(answer, "ranking")) == complaints


@pytest.mark.parametrize(
    ("path", "name"), [("answer.rows[12].day", "day"), ("Answer.inflow.large", "inflow_large"), ("answer.rows[0].at.day", "at_day")]
)
def test_a_path_has_the_name_of_its_column(path: str, name: str) -> None:
    assert column(path) == name


def test_every_value_has_its_path() -> None:
    told = dict(leaves(ranking(Further(holds=7)), "answer"))
    assert (told["answer.rows[0].holds"], told["answer.source.broker"], told["answer.symbol.code"]) == (7, "toy", "1")


def test_sources_do_not_make_answers_different() -> None:
    other = attrs.evolve(ARK, transactions=1, source=Source("other", NOON))
    assert list(differences(ARK, other, "ark")) == ["ark.transactions is None and 1"]
