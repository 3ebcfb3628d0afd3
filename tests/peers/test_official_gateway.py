"""Our clients, at a gateway that is made of the official packages' own messages and of no line of ours."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import Any

import attrs
import pytest

from brokerport import (
    BadReplyError,
    ConnectionLostError,
    NotEntitledError,
    PaginationError,
    QuotaError,
    RejectedError,
    registry,
)
from peers.columns import (
    ARK,
    BROKER,
    CAPITAL,
    HK_INTEREST,
    HK_VOLUME,
    OPEN_SHORT,
    RANKING,
    REQUIRED,
    US_INTEREST,
    US_VOLUME,
    Column,
    differences,
)
from peers.gateways import Ask, AskOfficial, OfficialGateway
from peers.questions import Question
from peers.replies import BROKEN, CASES, LEAST_32, PROTOCOLS, SOURCE, Case

pytestmark = pytest.mark.timeout(60)  # for the first of each brand: a process starts, and imports an SDK

HISTORIES = pytest.mark.parametrize("method", ["short_volume", "short_interest"])
SHARED_CASES = [case for case in CASES if case.sdk_agrees]


@pytest.fixture(scope="module")
def official(gateway: OfficialGateway, ask_official: AskOfficial) -> dict[str, str]:
    answers = ask_official(gateway.port, [Question(case.method, case.symbol) for case in CASES])
    return {str(case): answer for case, answer in zip(CASES, answers, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_was_sent_is_what_the_model_says(case: Case, ask: Ask) -> None:
    answer = ask(case.method, case.symbol)
    # By repr, which tells 1 from 1.0 and True, -0.0 from 0.0, and NaN from nothing.
    assert repr(attrs.evolve(answer, source=SOURCE)) == repr(case.expected)


@pytest.mark.parametrize("case", SHARED_CASES, ids=str)
def test_the_sdk_reads_the_same_from_the_same_reply(case: Case, official: dict[str, str]) -> None:
    (page,) = json.loads(official[str(case)])
    assert differences(case.symbol, page, case.expected) == []


@pytest.mark.parametrize(
    ("case", "table", "told"),
    [
        ("ark_dynamic-US.ABSENT", ARK, lambda page: page[1]),
        ("capital_distribution-HK.ABSENT", CAPITAL, lambda page: page[1]["rows"][0]),
        ("broker_ranking-HK.ABSENTNOW", RANKING[1:] + BROKER, lambda page: page[1]["rows"][0]),
        ("broker_ranking-HK.ABSENT", RANKING + BROKER[:3], lambda page: page[1]["rows"][0]),
        ("short_volume-US.ABSENT", US_VOLUME, lambda page: page[1]["rows"][0]),
        ("short_volume-HK.ABSENT", HK_VOLUME, lambda page: page[2]["rows"][0]),
        ("short_volume-HK.ABSENT", OPEN_SHORT, lambda page: page[2]["attrs"]),
        ("short_interest-US.ABSENT", US_INTEREST, lambda page: page[1]["rows"][0]),
        ("short_interest-HK.ABSENT", HK_INTEREST, lambda page: page[2]["rows"][0]),
    ],
)
def test_the_table_says_how_the_sdk_spells_nothing(case: str, table: tuple[Column, ...], told: Any, official: dict[str, str]) -> None:
    (page,) = json.loads(official[case])
    spelled = {column.name: column.absent for column in table if column.absent is not REQUIRED}
    assert {name: repr(told(page)[name]) for name in spelled} == {name: repr(absent) for name, absent in spelled.items()}


def test_a_past_days_ranking_lacks_three_columns_in_the_sdk(official: dict[str, str]) -> None:
    ((_, frame),) = json.loads(official["broker_ranking-HK.PAST"])
    assert {column.name for column in RANKING + BROKER} - set(frame["columns"]) == {column.name for column in BROKER[3:]}


def test_integers_beside_a_gap_lose_digits_in_the_sdk_and_none_here(official: dict[str, str], ask: Ask) -> None:
    ((_, us, _),) = json.loads(official["short_volume-US.SOME"])
    assert [repr(row["volume"]) for row in us["rows"]] == [repr(float(2**53)), "nan"]
    assert [row.volume for row in ask("short_volume", "US.SOME")] == [2**53 + 1, None]


def test_an_answer_names_its_broker_and_is_no_sandboxs(brand: str, ask: Ask) -> None:
    source = ask("ark_dynamic", "US.FULL").source
    assert (source.broker, source.sandbox) == (brand, False)


def test_a_keep_alive_is_sent_while_a_reply_is_due_and_is_not_taken_for_it(brand: str, gateway: OfficialGateway) -> None:
    before, begun = len(gateway.seen()), int(time.time())
    with registry.get(brand, port=gateway.port, quotas=False) as client:
        assert client.ark_dynamic("US.WAITS").net_shares == 1  # held back until the gateway hears a keep-alive and has answered that
    keep_alives = [each for each in gateway.seen()[before:] if each["client"] == "brokerport" and each["proto_id"] == 1004]
    assert len(keep_alives) == 1
    assert keep_alives[0]["whole"]
    assert begun <= int(keep_alives[0]["c2s"]["time"]) <= time.time()


@HISTORIES
@pytest.mark.parametrize("symbol", ["US.ENDSWITHMINUSONE", "US.ENDSWITHEMPTY", "US.ENDSWITHNONE"])
def test_pages_end_with_the_key_minus_one_an_empty_one_or_none(method: str, symbol: str, ask: Ask) -> None:
    history = ask(method, symbol, limit=None)
    assert [row.day for row in history] == [date(2026, 5, 8), date(2026, 5, 7), date(2026, 5, 6)]
    assert history.cursor is None


@HISTORIES
@pytest.mark.parametrize(
    ("symbol", "keys"),
    [
        ("US.ENDSWITHMINUSONE", ["k 1", "k/2", None]),
        ("US.ENDSWITHEMPTY", ["0", "ÿ", None]),
        ("US.ENDSWITHNONE", ["x" * 4000, "-2", None]),
    ],
)
def test_a_key_is_handed_on_untouched_whatever_it_looks_like(method: str, symbol: str, keys: list[str | None], ask: Ask) -> None:
    cursor, cursors = None, []
    for _ in keys:
        cursor = ask(method, symbol, limit=1, after=cursor).cursor
        cursors.append(cursor)
    assert cursors == keys


@HISTORIES
@pytest.mark.parametrize(
    ("symbol", "days", "words"),
    [
        ("US.GOESROUND", [8, 7, 6], "the cursor 'a' came a second time"),
        ("US.BEGINSAGAIN", [8, 7], "the cursor 'a' came a second time"),
        ("US.EMPTYPAGE", [8], "a page without rows that names a next one, 'b'"),
    ],
)
def test_pages_without_an_end_are_given_up_with_the_rows_so_far(method: str, symbol: str, days: list[int], words: str, ask: Ask) -> None:
    with pytest.raises(PaginationError, match=words) as raised:
        ask(method, symbol, limit=None)
    rows: Any = raised.value.rows
    assert [row.day for row in rows] == [date(2026, 5, day) for day in days]


@HISTORIES
def test_more_rows_than_asked_for_are_no_page(method: str, ask: Ask) -> None:
    with pytest.raises(BadReplyError, match="at most 2 more were asked for and 3 came"):
        ask(method, "US.TOOMANY", limit=2)


@pytest.mark.parametrize("method", PROTOCOLS)
def test_a_refusal_carries_the_gateways_code_and_words(method: str, ask: Ask) -> None:
    with pytest.raises(RejectedError) as raised:
        ask(method, "HK.FAILED")
    assert type(raised.value) is RejectedError
    assert (raised.value.code, raised.value.text) == (-1, "no data")
    assert method in str(raised.value)
    assert "no data" in str(raised.value)


@pytest.mark.parametrize(
    ("symbol", "code", "text"),
    [
        ("HK.SILENT", -1, ""),
        ("HK.INVALID", -500, "invalid packet"),
        ("HK.UNKNOWNRESULT", -400, "unknown result"),
        ("HK.POSITIVE", 7, "seven"),
        ("HK.LEASTCODE", LEAST_32, "least"),
        ("HK.WITHDATA", -1, "half done"),
        ("HK.CONTROLS", -1, "one two [31m three"),
        ("HK.LONG", -1, "x" * 300 + "…"),
    ],
)
def test_any_return_type_but_zero_is_a_refusal_whatever_comes_with_it(symbol: str, code: int, text: str, ask: Ask) -> None:
    with pytest.raises(RejectedError) as raised:
        ask("short_volume", symbol)
    assert type(raised.value) is RejectedError
    assert (raised.value.code, raised.value.text) == (code, text)


@pytest.mark.parametrize("symbol", ["HK.TIMEOUT", "HK.DISCONNECTED"])
def test_a_gateway_cut_off_from_its_servers_is_a_lost_connection(symbol: str, ask: Ask) -> None:
    with pytest.raises(ConnectionLostError, match="the gateway itself has lost its servers"):
        ask("short_volume", symbol)


@pytest.mark.parametrize(("symbol", "seconds"), [("HK.QUOTA", 30.0), ("HK.QUOTATEN", 10.0), ("HK.QUOTAENGLISH", 15.0)])
def test_a_refusal_for_frequency_says_how_long_to_wait(symbol: str, seconds: float, ask: Ask) -> None:
    with pytest.raises(QuotaError) as raised:
        ask("short_volume", symbol, timeout=5)  # seconds, too few to wait it out
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(("symbol", "text"), [("HK.RIGHTS", "无权限获取该数据"), ("HK.RIGHTSENGLISH", "No permission for this market")])
def test_a_refusal_for_want_of_rights_is_told_apart(symbol: str, text: str, ask: Ask) -> None:
    with pytest.raises(NotEntitledError) as raised:
        ask("short_volume", symbol)
    assert (raised.value.code, raised.value.text) == (-1, text)


@pytest.mark.parametrize("method", PROTOCOLS)
@pytest.mark.parametrize(("symbol", "words"), [("HK.NOPAYLOAD", "says success and holds no data"), ("HK.NOTYPE", "lacks retType")])
def test_success_without_data_and_data_without_a_return_type_are_no_reply(method: str, symbol: str, words: str, ask: Ask) -> None:
    with pytest.raises(BadReplyError, match=words):
        ask(method, symbol)


@pytest.mark.parametrize(("method", "symbol"), BROKEN)
def test_a_field_that_cannot_be_right_is_a_bad_reply_and_nothing_else(method: str, symbol: str, ask: Ask) -> None:
    with pytest.raises(BadReplyError):
        ask(method, symbol)
