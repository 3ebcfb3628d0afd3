"""From messages to models: what is absent, what is zero, what is new, and what makes no sense."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import BadReplyError, Market, Side
from brokerport_opend.endpoints.fields import ClosedEnum, Day, Time, day, instant, said, text, wall_time
from brokerport_opend.messages import ark_dynamic_pb2, broker_ranking_pb2, capital_distribution_pb2, short_volume_pb2

HK = Market.HK.zone
NEW_YORK = Market.US.zone
DAY = Day("timestampStr", "timestamp")
TIME = Time("dataTime", "dataTimeStr")
SIDE = ClosedEnum("buySellType", {1: Side.BUY, 2: Side.SELL}, Side.UNKNOWN)
UsRow = short_volume_pb2.UsDailyShortVolumeItem
Ranking = broker_ranking_pb2.S2C
Broker = broker_ranking_pb2.BrokerItem


def of_bytes(kind: Any, data: str) -> Any:
    return kind.FromString(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-05-08", date(2026, 5, 8)),
        ("30/04/2026", date(2026, 4, 30)),
        ("01/02/2026", date(2026, 2, 1)),
        ("29/02/2024", date(2024, 2, 29)),
        ("0001-01-01", date(1, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
    ],
)
def test_a_day_is_read_in_both_orders(written: str, meant: date) -> None:
    assert day(written) == meant


@pytest.mark.parametrize(
    "written",
    ["2026-02-29", "29/02/2026", "04/30/2026", "2026-13-01", "2026-05-08 00:00:00", "yesterday", "0", "-", " ", "30/04/26/1", "/", "N/A "],
)
def test_a_text_that_is_no_day_is_a_bad_reply(written: str) -> None:
    with pytest.raises(BadReplyError, match="is no day; OpenD writes YYYY-MM-DD, in places DD/MM/YYYY") as caught:
        day(written)
    assert isinstance(caught.value.__cause__, ValueError)


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_a_bad_reply(written: str) -> None:
    with suppress(BadReplyError):
        assert type(day(written)) is date


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_a_bad_reply(written: str) -> None:
    with suppress(BadReplyError):
        assert wall_time(written, HK).tzinfo is HK


@given(st.floats() | st.integers(-(2**63), 2**63 - 1))
def test_any_number_is_a_time_or_a_bad_reply(stamp: float) -> None:
    for zone in (HK, NEW_YORK):
        with suppress(BadReplyError):
            assert instant(stamp, zone).tzinfo is zone


@pytest.mark.parametrize("stamp", [math.nan, math.inf, -math.inf, 1e18, -1e18, 2**63 - 1, -(2**63), 1778227221000])
def test_a_number_that_is_no_time_is_a_bad_reply(stamp: float) -> None:
    with pytest.raises(BadReplyError, match="is no time in unix seconds"):
        instant(stamp, HK)


@pytest.mark.parametrize("written", ["2026-05-08 25:00:00", "2026-05-08T", "noon", "08/05/2026 16:00:21"])
def test_a_text_that_is_no_time_is_a_bad_reply(written: str) -> None:
    with pytest.raises(BadReplyError, match="is no time; OpenD writes YYYY-MM-DD HH:MM:SS"):
        wall_time(written, HK)


@pytest.mark.parametrize(
    ("stamp", "zone", "meant"),
    [
        (1778169600, HK, date(2026, 5, 8)),  # the documentation's own: midnight in Hong Kong
        (1778169599, HK, date(2026, 5, 7)),
        (1778212800, NEW_YORK, date(2026, 5, 8)),  # midnight in New York
        (1778212799, NEW_YORK, date(2026, 5, 7)),
        (1778169600, NEW_YORK, date(2026, 5, 7)),
        # The clocks of New York go forward on 2026-03-08 and back on 2026-11-01; each midnight is that day's.
        (1772859600, NEW_YORK, date(2026, 3, 7)),
        (1772946000, NEW_YORK, date(2026, 3, 8)),
        (1772946000 + 23 * 3600, NEW_YORK, date(2026, 3, 9)),
        (1772946000 + 23 * 3600 - 1, NEW_YORK, date(2026, 3, 8)),
        (1793505600, NEW_YORK, date(2026, 11, 1)),
        (1793505600 + 25 * 3600 - 1, NEW_YORK, date(2026, 11, 1)),
        (1793505600 + 25 * 3600, NEW_YORK, date(2026, 11, 2)),
        (1, HK, date(1970, 1, 1)),
        (-1, NEW_YORK, date(1969, 12, 31)),
    ],
)
def test_a_day_without_text_is_read_from_the_timestamp_in_the_markets_zone(stamp: int, zone: Any, meant: date) -> None:
    assert DAY(UsRow(timestamp=stamp), zone) == meant


@pytest.mark.parametrize("zone", [HK, NEW_YORK])
@given(st.dates(date(1980, 1, 1), date(2100, 1, 1)))
def test_every_midnight_is_the_first_moment_of_its_day(zone: Any, meant: date) -> None:
    midnight = int(datetime(meant.year, meant.month, meant.day, tzinfo=zone).timestamp())
    assert DAY(UsRow(timestamp=midnight), zone) == meant
    assert DAY(UsRow(timestamp=midnight - 1), zone) == meant - timedelta(days=1)


def test_the_text_of_a_day_beats_its_timestamp() -> None:
    assert DAY(UsRow(timestamp=1778169600, timestampStr="2026-05-08"), NEW_YORK) == date(2026, 5, 8)


@pytest.mark.parametrize("silence", ["", "N/A"])
def test_a_text_that_says_nothing_leaves_the_day_to_the_timestamp(silence: str) -> None:
    assert DAY(UsRow(timestamp=1778212800, timestampStr=silence), NEW_YORK) == date(2026, 5, 8)
    assert DAY(UsRow(timestampStr=silence), NEW_YORK) is None


def test_a_timestamp_of_zero_says_nothing() -> None:
    assert DAY(UsRow(timestamp=0), NEW_YORK) is None
    assert DAY(UsRow(timestamp=0, timestampStr="2026-05-08"), NEW_YORK) == date(2026, 5, 8)
    assert TIME(Ranking(dataTime=0), HK) is None
    assert TIME(Ranking(dataTime=0, dataTimeStr="2026-05-08 16:00:21"), HK) == datetime(2026, 5, 8, 16, 0, 21, tzinfo=HK)


def test_a_day_that_nobody_says_is_none() -> None:
    assert DAY(UsRow(), NEW_YORK) is None


def test_nonsense_beside_a_good_timestamp_is_still_a_bad_reply() -> None:
    with pytest.raises(BadReplyError, match="'soon' is no day"):
        DAY(UsRow(timestamp=1778212800, timestampStr="soon"), NEW_YORK)


def test_a_time_is_read_from_the_timestamp_first() -> None:
    meant = datetime(2026, 5, 8, 16, 0, 21, tzinfo=HK)
    assert TIME(Ranking(dataTime=1778227221, dataTimeStr="2020-01-01 00:00:00"), HK) == meant
    assert TIME(Ranking(dataTimeStr="2026-05-08 16:00:21"), HK) == meant
    assert TIME(Ranking(dataTimeStr="N/A"), HK) is None
    assert TIME(Ranking(), HK) is None


def test_a_time_is_told_in_the_markets_zone() -> None:
    time = TIME(Ranking(dataTime=1778227221), HK)
    assert time is not None
    assert time.tzinfo is HK
    assert (time.hour, time.utcoffset()) == (16, timedelta(hours=8))


def test_both_hours_that_a_clock_shows_twice_are_told_apart_by_the_timestamp() -> None:
    first, second = (instant(stamp, NEW_YORK) for stamp in (1793511000, 1793514600))  # 01:30 twice, on 2026-11-01
    assert (first.fold, second.fold) == (0, 1)
    assert first.replace(fold=0, tzinfo=None) == second.replace(fold=0, tzinfo=None)
    assert second.timestamp() - first.timestamp() == 3600


def test_a_fraction_of_a_second_is_kept() -> None:
    assert instant(1654569962.25, HK) == datetime(2022, 6, 7, 10, 46, 2, 250000, tzinfo=HK)


@pytest.mark.parametrize(
    ("number", "side"), [(0, Side.UNKNOWN), (1, Side.BUY), (2, Side.SELL), (3, Side.UNKNOWN), (2**31 - 1, Side.UNKNOWN)]
)
def test_a_closed_enum_knows_its_own_numbers_and_calls_the_others_unknown(number: int, side: Side) -> None:
    message = Broker.FromString(b"\x18" + varint(number))
    assert SIDE(message, HK) is side


def test_a_negative_number_of_a_closed_enum_is_unknown() -> None:
    assert SIDE(of_bytes(Broker, "18 ffffffffffffffffff01"), HK) is Side.UNKNOWN


def test_a_closed_enum_that_is_absent_is_none_whatever_else_is_new() -> None:
    assert SIDE(Broker(), HK) is None
    assert SIDE(of_bytes(Broker, "c03e07"), HK) is None  # field 1000, which no version here knows


def test_the_other_fields_of_a_row_survive_an_unknown_enum_number() -> None:
    message = of_bytes(Broker, "0805 1203414243 1863")
    assert (message.netVol, message.brokerName, SIDE(message, HK)) == (5, "ABC", Side.UNKNOWN)


def test_a_string_that_is_no_utf8_is_told_with_its_bytes() -> None:
    message = of_bytes(Broker, "1203 41ff42")
    assert text(said(message, "brokerName")) == "A\\xffB"


def test_a_day_or_time_that_is_no_utf8_is_a_bad_reply() -> None:
    with pytest.raises(BadReplyError, match="no day"):
        DAY(of_bytes(UsRow, "1202 ff30"), NEW_YORK)
    with pytest.raises(BadReplyError, match="no time"):
        TIME(of_bytes(Ranking, "1a02 ff30"), HK)


@pytest.mark.parametrize("value", ["", "N/A"])
def test_a_text_that_says_nothing_is_none(value: str) -> None:
    assert said(ark_dynamic_pb2.S2C(lastTransactionTime=value), "lastTransactionTime") is None


@pytest.mark.parametrize("value", [" ", "n/a", "NA", "0", "None", "-"])
def test_other_texts_are_kept(value: str) -> None:
    assert said(Broker(brokerName=value), "brokerName") == value


def test_zero_is_said_and_absent_is_not() -> None:
    assert said(Broker(netVol=0), "netVol") == 0
    assert said(Broker(), "netVol") is None
    assert said(Ranking(isRealTime=False), "isRealTime") is False


def test_not_a_number_is_a_value() -> None:
    value = said(capital_distribution_pb2.S2C(capitalInSuper=math.nan), "capitalInSuper")
    assert math.isnan(value)


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
