"""The official SDKs and our clients, asked the same at the same minute of the same sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from attrs import evolve, frozen

from brokerport import InvalidRequestError, QuotaError, RejectedError, UnsupportedError, registry
from brokerport_opend.sandbox import Sandbox
from peers.columns import ARK, BROKER, CAPITAL, HK_INTEREST, HK_VOLUME, RANKING, US_INTEREST, US_VOLUME, Column, Page, differences
from peers.gateways import AskOfficial, standing_still
from peers.questions import EVERY_PAGE, Question

Answers = dict[Question, str]  # an SDK's, as JSON
Spent = tuple[Sandbox, dict[Question, list[str]]]

pytestmark = pytest.mark.timeout(60)  # for the first of each brand: a process starts, imports an SDK and asks everything

STOCKS = ("HK.00700", "HK.09988", "US.TSLA", "US.AAPL")
SILENT = ("HK.NODATA", "US.NODATA")
ELSEWHERE = ("SH.600519", "SG.D05", "JP.7203")
HISTORIES = ("short_volume", "short_interest")

SINGLES = [Question(method, symbol) for method in ("ark_dynamic", "capital_distribution") for symbol in STOCKS + SILENT + ELSEWHERE]
RANKINGS = [
    Question("broker_ranking", symbol, days_before=days) for symbol in ("HK.00700", "HK.09988", "HK.NODATA") for days in (None, 0, 1, 3, 20)
]
PAGES = [Question(method, symbol, limit=limit) for method in HISTORIES for symbol in STOCKS + SILENT for limit in (None, 1, 7, 50)]
WALKS = [Question(method, symbol, limit=limit, pages=3) for method in HISTORIES for symbol in STOCKS for limit in (1, 4)]
WHOLE = [Question(method, symbol, limit=50, pages=EVERY_PAGE) for method in HISTORIES for symbol in ("HK.00700", "US.TSLA")]


@frozen
class Refusal:
    """A question that is refused, and how."""

    question: Question
    words: str  #: how the text begins that is all the SDK has
    error: type[Exception]  #: ours

    def __str__(self) -> str:
        return str(self.question)


REJECTED = [
    Refusal(Question("ark_dynamic", "US.UNKNOWN"), "unknown stock US.UNKNOWN", RejectedError),
    Refusal(Question("capital_distribution", "HK.UNKNOWN"), "unknown stock HK.UNKNOWN", RejectedError),
    Refusal(Question("broker_ranking", "HK.00700", days_before=9999), "daysBefore is 9999; it goes from 0 to ", RejectedError),
    Refusal(Question("short_volume", "HK.00700", after="x"), "nextKey is none that an earlier page gave", RejectedError),
    Refusal(Question("short_interest", "US.TSLA", after="x"), "nextKey is none that an earlier page gave", RejectedError),
]
UNSUPPORTED = [
    Refusal(Question("broker_ranking", "US.TSLA"), "this protocol has no data of the market US", UnsupportedError),
    Refusal(Question("short_volume", "SH.600519"), "this protocol has no data of the market SH", UnsupportedError),
    Refusal(Question("short_interest", "JP.7203"), "this protocol has no data of the market JP", UnsupportedError),
]
MISSPELT = [
    Refusal(
        Question("ark_dynamic", symbol), f"ERROR. format of code {symbol} is wrong. (US.AAPL, HK.00700, SZ.000001)", InvalidRequestError
    )
    for symbol in ("us.tsla", "00700", "XX.1")
]
LONGER_THAN_A_PAGE = [Question(method, "HK.00700", limit=51) for method in HISTORIES]

QUESTIONS = [
    *(SINGLES + RANKINGS + PAGES + WALKS + WHOLE + LONGER_THAN_A_PAGE),
    *(refusal.question for refusal in REJECTED + UNSUPPORTED + MISSPELT),
]

#: how often each question may be asked in 30 seconds, and what the gateway calls it
QUOTAS = {
    Question("ark_dynamic", "US.TSLA"): (60, "获取ARK个股动态"),
    Question("capital_distribution", "US.TSLA"): (30, "获取资金分布"),
    Question("broker_ranking", "HK.00700"): (30, "获取十大买卖经纪商"),
    Question("short_volume", "US.TSLA", limit=1): (30, "获取每日卖空量"),
    Question("short_interest", "US.TSLA", limit=1): (30, "获取未平仓卖空"),
}

IMPATIENCE = 5  # seconds for a call: less than a quota's window, so that a refusal is not waited out


@pytest.fixture(scope="module")
def official(sandbox: Sandbox, ask_official: AskOfficial) -> Answers:
    return dict(zip(QUESTIONS, ask_official(sandbox.port, QUESTIONS), strict=True))


@pytest.fixture
def ours(brand: str, sandbox: Sandbox) -> Any:
    with registry.get(brand, port=sandbox.port, quotas=False) as client:
        yield client


def put(client: Any, question: Question) -> Any:
    """Ask our client a question; only its first page."""
    return getattr(client, question.method)(question.symbol, **question.arguments)


def pages(answer: str) -> list[Page]:
    """What an SDK gave for one question."""
    found: list[Page] = json.loads(answer)
    return found


def joined(every: list[Page]) -> Page:
    """The SDK's pages as one: all rows, the first page's figures, the last one's key."""
    (code, *first), last = every[0], every[-1]
    frames = []
    for place, frame in enumerate(first, 1):
        rows = [row for page in every for row in page[place]["rows"]]
        frames.append({**frame, "rows": rows, "attrs": {**frame["attrs"], "next_key": last[place]["attrs"]["next_key"]}})
    return [code, *frames]


@pytest.mark.parametrize("question", SINGLES + RANKINGS + PAGES, ids=str)
def test_both_say_the_same_value_for_value(question: Question, ours: Any, official: Answers) -> None:
    (page,) = pages(official[question])
    assert differences(question.symbol, page, put(ours, question)) == []


@pytest.mark.parametrize("question", WALKS, ids=str)
def test_three_pages_in_a_row_are_the_same_and_so_are_the_keys_between_them(question: Question, ours: Any, official: Answers) -> None:
    three = pages(official[question])
    assert len(three) == 3
    cursor = None
    for page in three:
        history = put(ours, evolve(question, after=cursor))
        assert differences(question.symbol, page, history) == []
        assert len(history) == question.limit
        cursor = history.cursor
    assert cursor is not None


@pytest.mark.parametrize("question", WHOLE, ids=str)
def test_all_pages_of_the_sdk_are_one_history_of_ours(question: Question, ours: Any, official: Answers) -> None:
    history = getattr(ours, question.method)(question.symbol, limit=None)
    assert len(history) > 40  # beyond the default
    assert differences(question.symbol, joined(pages(official[question])), history) == []


@pytest.mark.parametrize("question", WHOLE[:2], ids=str)
def test_a_limit_of_ours_may_end_in_the_middle_of_a_page_of_theirs(question: Question, ours: Any, official: Answers) -> None:
    ask = partial(getattr(ours, question.method), question.symbol)
    history = ask(limit=120)
    assert len(history) == 120
    rest = ask(limit=None, after=history.cursor)
    both = evolve(rest, rows=history.rows + rest.rows, open_short=history.open_short)
    assert differences(question.symbol, joined(pages(official[question])), both) == []


@pytest.mark.parametrize("question", LONGER_THAN_A_PAGE, ids=str)
def test_more_rows_than_a_page_has_are_refused_to_the_sdk_and_two_pages_to_us(question: Question, ours: Any, official: Answers) -> None:
    assert pages(official[question]) == [[-1, "num is 51; it goes from 1 to 50", None]]
    history = put(ours, question)
    page = put(ours, evolve(question, limit=50))
    assert (history[:50].rows, len(history)) == (page.rows, 51)


def test_a_security_without_data_is_empty_for_both(ours: Any, official: Answers) -> None:
    assert pages(official[Question("broker_ranking", "HK.NODATA")]) == [[0, {"columns": [], "rows": [], "attrs": {}}]]
    ranking = put(ours, Question("broker_ranking", "HK.NODATA"))
    assert (ranking.rows, ranking.real_time) == ((), True)  # this much is lost to the SDK
    for method in HISTORIES:
        for symbol in SILENT:
            history = put(ours, Question(method, symbol))
            assert (history.rows, history.cursor) == ((), None)


def test_every_column_of_the_table_is_one_that_the_sdk_has(official: Answers) -> None:
    def of(method: str, symbol: str) -> Any:
        return pages(official[Question(method, symbol)])[0]

    assert list(of("ark_dynamic", "US.TSLA")[1]) == _names(ARK)
    assert of("capital_distribution", "US.TSLA")[1]["columns"] == _names(CAPITAL)
    assert set(of("broker_ranking", "HK.00700")[1]["columns"]) == {*_names(RANKING), *_names(BROKER)}
    for method, us_table, hk_table in (("short_volume", US_VOLUME, HK_VOLUME), ("short_interest", US_INTEREST, HK_INTEREST)):
        assert set(of(method, "US.TSLA")[1]["columns"]) == set(_names(us_table))
        assert set(of(method, "HK.00700")[2]["columns"]) == set(_names(hk_table))


@pytest.mark.parametrize("refusal", REJECTED, ids=str)
def test_what_the_gateway_refuses_is_a_text_to_the_sdk_and_an_error_with_that_text_to_us(
    refusal: Refusal, ours: Any, official: Answers
) -> None:
    ((code, text, *more),) = pages(official[refusal.question])
    assert text.startswith(refusal.words)
    assert (code, more) == (-1, [None] if refusal.question.method in HISTORIES else [])
    with pytest.raises(RejectedError) as raised:
        put(ours, refusal.question)
    assert type(raised.value) is refusal.error
    assert (raised.value.code, raised.value.text) == (-1, text)


@pytest.mark.parametrize("refusal", UNSUPPORTED + MISSPELT, ids=str)
def test_what_cannot_be_is_a_text_to_the_sdk_and_an_error_before_sending_to_us(refusal: Refusal, brand: str, official: Answers) -> None:
    (page,) = pages(official[refusal.question])
    assert page[:2] == [-1, refusal.words]
    with standing_still(quotas=True) as sandbox, registry.get(brand, port=sandbox.port, quotas=False) as client:
        with pytest.raises(refusal.error):
            put(client, refusal.question)
        assert sandbox.quota_log is not None
        assert not sandbox.quota_log.accepted


@pytest.fixture(scope="module")
def spent(brand: str, ask_official: AskOfficial) -> Iterator[Spent]:
    """A sandbox of which an SDK has asked each question once more than the quota lets it, and what it got."""
    questions = [question for question, (times, _) in QUOTAS.items() for _ in range(times + 1)]
    with standing_still(quotas=True) as sandbox:
        got: dict[Question, list[str]] = {question: [] for question in QUOTAS}
        for question, answer in zip(questions, ask_official(sandbox.port, questions), strict=True):
            got[question].append(answer)
        yield sandbox, got


@pytest.mark.parametrize("question", QUOTAS, ids=str)
def test_past_the_quota_the_sdk_gets_a_text(question: Question, spent: Spent) -> None:
    times, name = QUOTAS[question]
    *answered, refused = (pages(answer)[0] for answer in spent[1][question])
    assert [page[0] for page in answered] == [0] * times
    assert refused == [-1, words(times, name), *([None] if question.method in HISTORIES else [])]


@pytest.mark.parametrize("question", QUOTAS, ids=str)
def test_past_the_quota_we_get_an_error_that_says_when_to_come_back(question: Question, brand: str) -> None:
    times, name = QUOTAS[question]
    with standing_still(quotas=True) as sandbox, registry.get(brand, port=sandbox.port, quotas=False, timeout=IMPATIENCE) as client:
        answers = {put(client, question) for _ in range(times)}
        assert len(answers) == 1
        with pytest.raises(QuotaError, match=words(times, name)) as raised:
            put(client, question)
    assert (raised.value.retry_after, raised.value.retryable) == (30.0, True)


@pytest.mark.parametrize("question", QUOTAS, ids=str)
def test_what_the_sdk_has_spent_is_spent_for_us_too(question: Question, brand: str, spent: Spent) -> None:
    refused = pytest.raises(QuotaError, match=words(*QUOTAS[question]))
    with registry.get(brand, port=spent[0].port, quotas=False, timeout=IMPATIENCE) as client, refused:
        put(client, question)


def words(times: int, name: str) -> str:
    """The gateway's, for a request past the quota."""
    return f"{name}频率太高，请求失败，每30秒最多{times}次。"


def _names(table: tuple[Column, ...]) -> list[str]:
    return [column.name for column in table]
