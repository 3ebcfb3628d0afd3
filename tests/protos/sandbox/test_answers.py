from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.sandbox.answers.questions import QUESTIONS, reply
from brokerport_opend.sandbox.gateway import Gateway, Visit
from brokerport_opend.sandbox.refusals import Unanswerable
from brokerport_opend.sandbox.world.markets import MARKETS
from protos.sandbox.raw_client import EVENING, HELLO, MESSAGES, request, response

HK_TENCENT = {"market": 1, "code": "00700"}
US_TESLA = {"market": 11, "code": "TSLA"}
HONG_KONG = ZoneInfo("Asia/Hong_Kong")
NEW_YORK = ZoneInfo("America/New_York")
INVALID = -500


def visit(now: datetime = EVENING, seed: int = 0) -> Visit:
    """A client that has shaken hands."""
    visit = Gateway(seed, 10, lambda: now, None).visit()
    assert response(1001, visit.answer(1001, request(1001, **HELLO))).retType == 0
    return visit


def ask(proto_id: int, *, now: datetime = EVENING, **c2s: Any) -> Any:
    return response(proto_id, visit(now).answer(proto_id, request(proto_id, **c2s)))


def data(proto_id: int, *, now: datetime = EVENING, **c2s: Any) -> Any:
    answer = ask(proto_id, now=now, **c2s)
    assert (answer.retType, answer.retMsg, answer.errCode) == (0, "", 0)
    return answer.s2c


def rows(proto_id: int, security: dict[str, Any], num: int = 50, now: datetime = EVENING) -> list[Any]:
    """All rows, page by page."""
    found, key = [], ""
    while key != "-1":
        s2c = data(proto_id, now=now, security=security, num=num, nextKey=key)
        found += [*s2c.hkItemList, *s2c.usItemList]
        assert len([*s2c.hkItemList, *s2c.usItemList]) == num or s2c.nextKey == "-1"
        key = s2c.nextKey
    return found


BOTH = pytest.mark.parametrize("security", [HK_TENCENT, US_TESLA], ids=["HK", "US"])
HISTORIES = pytest.mark.parametrize("proto_id", [3248, 3249])


@HISTORIES
@BOTH
@pytest.mark.parametrize("num", [1, 7])
def test_pages_of_any_size_hold_the_same_rows(proto_id: int, security: dict[str, Any], num: int) -> None:
    assert rows(proto_id, security, num) == rows(proto_id, security)


@HISTORIES
@BOTH
def test_a_page_has_ten_rows_unless_told_otherwise_and_its_key_is_its_last_timestamp(proto_id: int, security: dict[str, Any]) -> None:
    s2c = data(proto_id, security=security)
    page = [*s2c.hkItemList, *s2c.usItemList]
    assert page == rows(proto_id, security)[:10]
    assert s2c.nextKey == str(page[-1].timestamp)


@HISTORIES
@BOTH
def test_rows_are_of_trading_days_newest_first_at_midnight_of_the_market(proto_id: int, security: dict[str, Any]) -> None:
    found = rows(proto_id, security)
    zone = HONG_KONG if security is HK_TENCENT else NEW_YORK
    stamps = [row.timestamp for row in found]
    assert stamps == sorted(set(stamps), reverse=True)
    for row in found:
        moment = datetime.fromtimestamp(row.timestamp, zone)
        assert f"{moment:%Y-%m-%d %H:%M:%S}" == f"{row.timestampStr} 00:00:00"
        assert moment.weekday() < 5


@BOTH
def test_each_previous_close_is_the_close_of_the_row_before(security: dict[str, Any]) -> None:
    found = rows(3248, security)
    assert [row.lastClosePrice for row in found[:-1]] == [row.closePrice for row in found[1:]]


@BOTH
def test_the_average_can_be_made_from_the_rows(security: dict[str, Any]) -> None:
    found = rows(3248, security)
    percents = [_percent(row) for row in found]
    for place in range(len(found) - 20):
        assert found[place].dailyTradeAvgRatio == round(fmean(percents[place : place + 20]), 2)


def _percent(row: Any) -> float:
    if hasattr(row, "shortPercent"):
        assert row.shortPercent == round(100 * row.totalSharesShort / row.volume, 2)
        assert row.totalSharesShort == row.nasdaqSharesShort + row.nyseSharesShort
        return float(row.shortPercent)
    return float(round(100 * row.shortSellSharesTraded / row.sharesTraded, 2))


@HISTORIES
@BOTH
def test_a_past_row_is_the_same_whenever_it_is_asked(proto_id: int, security: dict[str, Any]) -> None:
    earlier = {row.timestamp: row for row in rows(proto_id, security, now=EVENING - timedelta(days=200))}
    again = {row.timestamp: row for row in rows(proto_id, security)}
    common = earlier.keys() & again.keys()
    assert len(common) > 20
    assert all(earlier[stamp] == again[stamp] for stamp in common)


def test_a_days_row_comes_with_its_close() -> None:
    close = datetime(2026, 5, 8, 16, tzinfo=HONG_KONG)
    assert rows(3248, HK_TENCENT, now=close - timedelta(minutes=1))[0].timestampStr == "2026-05-07"
    assert rows(3248, HK_TENCENT, now=close)[0].timestampStr == "2026-05-08"


def test_hong_kongs_open_short_is_the_newest_count() -> None:
    s2c, newest = data(3248, security=HK_TENCENT), data(3249, security=HK_TENCENT).hkItemList[0]
    assert s2c.newTimeStr == "30/04/2026"
    assert (s2c.aggregatedShort, s2c.aggregatedShortRatio) == (newest.aggregatedShort, newest.aggregatedShortRatio)
    assert newest.timestampStr == "2026-04-30"
    assert not data(3248, security=US_TESLA).HasField("aggregatedShort")


@BOTH
def test_closes_of_the_counts_are_those_of_the_days(security: dict[str, Any]) -> None:
    closes = {row.timestamp: (row.closePrice, row.lastClosePrice) for row in rows(3248, security)}
    for row in rows(3249, security):
        assert closes[row.timestamp] == (row.closePrice, row.lastClosePrice)


def test_days_to_cover_is_shares_over_average_volume() -> None:
    for row in rows(3249, US_TESLA):
        assert row.daysToCover == round(row.sharesShort / row.avgDailyShareVolume, 2)


@HISTORIES
@pytest.mark.parametrize("num", [-1, 0, 51, 2**31 - 1])
def test_a_page_of_an_impossible_size_is_refused(proto_id: int, num: int) -> None:
    answer = ask(proto_id, security=HK_TENCENT, num=num)
    assert answer.retType == -1
    assert str(num) in answer.retMsg
    assert not answer.HasField("s2c")


@HISTORIES
@pytest.mark.parametrize("key", ["-1", "x", "0", "1778169601", " 1778169600", "9" * 50])
def test_a_key_that_no_page_gave_is_refused(proto_id: int, key: str) -> None:
    answer = ask(proto_id, security=HK_TENCENT, nextKey=key)
    assert (answer.retType, answer.retMsg) == (-1, "nextKey is none that an earlier page gave")


def test_the_ranking_of_now_has_all_figures_and_those_of_past_days_net_volumes_only() -> None:
    now = data(3247, security=HK_TENCENT)
    assert (now.isRealTime, now.dataTimeStr, now.dataTime) == (True, "2026-05-08 16:00:00", 1778227200)
    assert len(now.brokerList) == 20
    assert all(item.avgPrice and item.totalVol and item.totalTurnover for item in now.brokerList)
    past = data(3247, security=HK_TENCENT, daysBefore=3)
    assert (past.isRealTime, past.dataTimeStr, past.dataTime) == (False, "2026-05-05 00:00:00", 1777910400)
    assert all({field.name for field, _ in item.ListFields()} == {"netVol", "brokerName", "buySellType"} for item in past.brokerList)
    assert [item.buySellType for item in past.brokerList] == [1] * 10 + [2] * 10


def test_the_ranking_of_a_close_is_the_next_days_past() -> None:
    today = data(3247, security=HK_TENCENT).brokerList
    past = data(3247, now=EVENING + timedelta(days=3), security=HK_TENCENT, daysBefore=1)
    assert past.dataTimeStr == "2026-05-08 00:00:00"
    assert [(item.brokerName, item.netVol) for item in past.brokerList] == [(item.brokerName, item.netVol) for item in today]


def test_the_ranking_grows_while_trading() -> None:
    now = datetime(2026, 5, 8, 10, 30, 40, tzinfo=HONG_KONG)
    s2c = data(3247, now=now, security=HK_TENCENT)
    assert s2c.dataTimeStr == "2026-05-08 10:30:00"
    assert 0 < s2c.brokerList[0].netVol < data(3247, security=HK_TENCENT).brokerList[0].netVol


@pytest.mark.parametrize("days_before", [-1, 600, 2**31 - 1])
def test_a_day_that_is_not_remembered_is_refused(days_before: int) -> None:
    answer = ask(3247, security=HK_TENCENT, daysBefore=days_before)
    assert answer.retType == -1
    assert str(days_before) in answer.retMsg


def test_capital_is_the_days_turnover() -> None:
    s2c = data(3212, security=HK_TENCENT, header={"securityFirm": 0})
    money = sum(value for field, value in s2c.ListFields() if field.name.startswith("capital"))
    assert money == pytest.approx(rows(3248, HK_TENCENT)[0].turnover, abs=0.05)
    assert (s2c.updateTime, s2c.updateTimestamp) == ("2026-05-08 16:00:00", 1778227200)


def test_extra_large_orders_are_told_of_two_markets_only() -> None:
    assert data(3212, security=US_TESLA).HasField("capitalInSuper")
    tokyo = data(3212, security={"market": 41, "code": "7203"})
    assert not tokyo.HasField("capitalInSuper")
    assert not tokyo.HasField("capitalOutSuper")


def test_ark_tells_the_kind_alone_when_there_is_nothing() -> None:
    s2c = data(3424, security=HK_TENCENT)
    assert [(field.name, value) for field, value in s2c.ListFields()] == [("dynamicType", 4)]


def test_ark_tells_the_last_day_of_trading() -> None:
    found = (data(3424, security={"market": 11, "code": f"S{n}"}) for n in range(20))
    s2c = next(s2c for s2c in found if s2c.dynamicType != 4)
    assert date.fromisoformat(s2c.lastTransactionTime) < EVENING.date()
    assert s2c.transactionCount > 0
    assert s2c.netShares


@pytest.mark.parametrize("market", [1, 11])
def test_nodata_has_nothing(market: int) -> None:
    security = {"market": market, "code": "NODATA1"}
    for proto_id in (3248, 3249):
        assert [(field.name, value) for field, value in data(proto_id, security=security).ListFields()] == [("nextKey", "-1")]
    assert data(3424, security=security).dynamicType == 4
    capital = data(3212, security=security)
    assert sum(value for field, value in capital.ListFields() if field.name.startswith("capital")) == 0


def test_nodata_has_no_brokers() -> None:
    s2c = data(3247, security={"market": 1, "code": "NODATA"})
    assert s2c.isRealTime
    assert not s2c.brokerList


@pytest.mark.parametrize("proto_id", QUESTIONS)
@pytest.mark.parametrize(
    ("security", "text"),
    [
        ({"market": 1, "code": "UNKNOWN9"}, "unknown stock HK.UNKNOWN9"),
        ({"market": 1, "code": ""}, "unknown stock HK."),
        ({"market": 1, "code": "UNKNOWN\n\x1b[31m" + "x" * 100}, "unknown stock HK.UNKNOWN\\n\\x1b[31m" + "x" * 19),
        ({"market": 99, "code": "A"}, "unknown market 99"),
        ({"market": 0, "code": "A"}, "unknown market 0"),
    ],
)
def test_securities_that_do_not_exist_are_refused(proto_id: int, security: dict[str, Any], text: str) -> None:
    answer = ask(proto_id, security=security)
    assert (answer.retType, answer.retMsg) == (-1, text)
    assert not answer.HasField("s2c")


FORMS = {  # by market: codes that OpenD knows by their form, and such that it does not
    1: (
        ["00700", "09988", "80700", "800000", "NODATA1"],
        ["700", "5", "0700", "000700", "810000", "00700.HK", "\uff10\uff10700", "AAPL", "00700\n"],
    ),
    11: (
        ["AAPL", "BRK.B", ".DJI", "A", "AAPL240119C150000"],
        ["aapl", "BRK-B", "BRK/B", "BRK.", "BRK..B", "..DJI", " AAPL", "\uff21", "AAPL\0"],
    ),
    21: (["600519", "000001"], ["60519", "600519.SS", "6005190", "\u0666\u0660\u0660\u0665\u0661\u0669", "MOUTAI"]),
    22: (["000001", "300750"], ["1", "00001", "0000011"]),
    31: (["D05", "C6L"], ["d05", "D-05", ""]),
    41: (["7203", "130A"], ["7203 ", "130a"]),
    51: (["BHP", "A2M"], ["bhp"]),
    61: (["1155", "0820EA"], ["0820ea"]),
    71: (["SHOP", "RCI.B"], ["RCI-B", "shop"]),
}


@pytest.mark.parametrize("market", FORMS)
def test_a_code_that_has_not_its_markets_form_is_an_unknown_stock_and_no_other_is(market: int) -> None:
    known, unknown = FORMS[market]
    for code in known:
        assert ask(3212, security={"market": market, "code": code}).retType == 0, code
    for code in unknown:
        answer = ask(3212, security={"market": market, "code": code})
        assert (answer.retType, answer.retMsg) == (-1, f"unknown stock {MARKETS[market].name}.{ascii(code)[1:-1]}")


@pytest.mark.parametrize(("proto_id", "market", "code"), [(3247, 11, "A"), (3248, 21, "600519"), (3249, 31, "D05"), (3248, 41, "7203")])
def test_markets_without_such_data_are_refused(proto_id: int, market: int, code: str) -> None:
    answer = ask(proto_id, security={"market": market, "code": code})
    assert answer.retType == -1
    assert "has no data of the market" in answer.retMsg


@pytest.mark.parametrize("market", FORMS)
def test_capital_and_ark_are_answered_for_every_market(market: int) -> None:
    for proto_id in (3212, 3424):
        data(proto_id, security={"market": market, "code": FORMS[market][0][0]})


def test_a_handshake_tells_that_data_are_synthetic() -> None:
    gateway = Gateway(0, 0.5, lambda: EVENING, None)
    hello = request(1001, **HELLO)
    first, second = (response(1001, gateway.visit().answer(1001, hello)) for _ in range(2))
    assert (first.retType, first.retMsg) == (0, "brokerport sandbox")
    assert first.IsInitialized()
    assert len(first.s2c.connAESKey) == 16
    assert first.s2c.keepAliveInterval == 1
    assert not first.s2c.HasField("aesCBCiv")
    assert first.s2c.connID != second.s2c.connID
    assert first.s2c.connAESKey != second.s2c.connAESKey


@pytest.mark.parametrize("algorithm", [0, 1, 2])
def test_encryption_is_refused_and_the_client_may_try_again(algorithm: int) -> None:
    visit = Gateway(0, 10, lambda: EVENING, None).visit()
    answer = response(1001, visit.answer(1001, request(1001, **HELLO | {"packetEncAlgo": algorithm})))
    assert answer.retType == -1
    assert "does not encrypt" in answer.retMsg
    assert response(1001, visit.answer(1001, request(1001, clientVer=1, clientID=""))).retType == 0


def test_nothing_comes_before_the_handshake_nor_a_second_one_after() -> None:
    visit = Gateway(0, 10, lambda: EVENING, None).visit()
    for proto_id in (1002, 1004, 3248, 1):
        with pytest.raises(Unanswerable, match=f"protocol {proto_id} came before InitConnect"):
            visit.answer(proto_id, b"")
    hello = request(1001, **HELLO)
    assert [response(1001, visit.answer(1001, hello)).retType for _ in range(2)] == [0, -1]


@pytest.mark.parametrize("proto_id", [0, 1003, 2202, 3250, 2**32 - 1])
def test_an_unknown_protocol_is_refused(proto_id: int) -> None:
    answer = response(proto_id, visit().answer(proto_id, b""))
    assert (answer.retType, answer.retMsg) == (-1, f"the sandbox does not know protocol {proto_id}")


def test_the_global_state_follows_the_clock() -> None:
    noon = data(1002, now=datetime(2026, 5, 8, 12, 30, tzinfo=HONG_KONG), userID=0)
    assert noon.marketHK == 4
    assert noon.marketUS == 6
    assert noon.marketHKFuture == 16
    evening = data(1002, userID=0)
    assert (evening.marketHK, evening.marketUS, evening.time) == (6, 8, int(EVENING.timestamp()))
    assert evening.qotLogined
    assert evening.programStatus.type == 10


def test_keep_alive_tells_the_time() -> None:
    assert data(1004, time=0).time == int(EVENING.timestamp())


@pytest.mark.parametrize("proto_id", [1002, 1004, *QUESTIONS])
@pytest.mark.parametrize("body", [b"", b"\x0a\x00", b"\xff", b"\x0a\x05\x0a"], ids=["empty", "incomplete", "bytes", "cut"])
def test_a_body_that_is_no_request_is_invalid(proto_id: int, body: bytes) -> None:
    answer = response(proto_id, visit().answer(proto_id, body))
    assert answer.retType == INVALID
    assert answer.retMsg.startswith("invalid packet")


def test_an_incomplete_body_is_told_what_is_missing() -> None:
    answer = response(3248, visit().answer(3248, b"\x0a\x04\x0a\x02\x08\x01"))
    assert answer.retMsg == "invalid packet: c2s.security.code missing"


def test_text_that_is_not_utf_8_is_invalid() -> None:
    for body in (request(3248, security={"market": 1, "code": "?"}), request(3248, security=HK_TENCENT, nextKey="?")):
        assert response(3248, visit().answer(3248, body.replace(b"?", b"\xff"))).retType == INVALID


@given(st.sampled_from([*MESSAGES]), st.binary(max_size=40))
def test_whatever_comes_is_answered(proto_id: int, body: bytes) -> None:
    for answer in (visit().answer(proto_id, body), visit().answer(proto_id, b"\x0a" + bytes([len(body)]) + body)):
        assert response(proto_id, answer).IsInitialized()


def _fingerprint(reply: Callable[[int, int, int, bytes], bytes]) -> str:
    securities = [HK_TENCENT, {"market": 1, "code": "09988"}, US_TESLA, {"market": 11, "code": "BRK.B"}]
    allowed = [(p, s) for s in securities for p in QUESTIONS if s["market"] == 1 or p != 3247]
    bodies = [(p, request(p, security=s)) for p, s in allowed]
    return sha256(b"".join(reply(7, 29_637_100, proto_id, body) for proto_id, body in bodies)).hexdigest()


@pytest.mark.timeout(20)
def test_another_process_gives_the_same_answers() -> None:
    code = "from protos.sandbox.test_answers import _fingerprint, reply; print(_fingerprint(reply))"
    environment = os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=20, check=True)
    assert other.stdout.strip() == _fingerprint(reply)


def test_the_world_has_not_changed() -> None:
    """A change here gives every user of a seed other figures: meant, it belongs in the changelog."""
    row = rows(3248, HK_TENCENT)[0]
    assert datetime.fromtimestamp(row.timestamp, UTC) == datetime(2026, 5, 7, 16, tzinfo=UTC)
    assert (row.sharesTraded, row.closePrice, row.dailyTradeAvgRatio) == (40515392, 297.13, 10.79)
