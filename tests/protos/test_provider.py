"""The provider behind the client: what goes over the wire for each call, and what comes back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from brokerport import (
    AsyncClient,
    BadReplyError,
    BrokerportError,
    Capability,
    ClientClosedError,
    ConnectError,
    ConnectionLostError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    Market,
    NotEntitledError,
    OpenShort,
    PaginationError,
    Quota,
    QuotaError,
    RejectedError,
    ShortInterestHistory,
    ShortVolumeHistory,
    Side,
    Source,
    Symbol,
    UnsupportedError,
)
from brokerport.calls import retry
from brokerport.questions import QUESTIONS
from brokerport.quotas.private_file import folder
from brokerport_opend import Brand, OpenDSettings
from brokerport_opend.endpoints import ARK_DYNAMIC, ENDPOINTS, SHORT_VOLUME
from brokerport_opend.messages import (
    ark_dynamic_pb2,
    broker_ranking_pb2,
    capital_distribution_pb2,
    short_interest_pb2,
    short_volume_pb2,
)
from brokerport_opend.provider import OpenDProvider
from brokerport_opend.wire.frame import Frame
from protos import golden
from protos.conftest import OpenGateway
from protos.gateway import INIT_CONNECT, Gateway, Visit, answering, hangs_up, silent, welcome

ACME = Brand(name="acme", gateway="Acme OpenD", manual="https://acme.example/opend")
ARK, CAPITAL, BROKERS, VOLUME, INTEREST = 3424, 3212, 3247, 3248, 3249

NewClient = Callable[..., AsyncClient]

#: the documentation's replies
GOLDEN = {
    ARK: ark_dynamic_pb2.Response.FromString(golden.body("ark_reply.bin")),
    CAPITAL: capital_distribution_pb2.Response.FromString(golden.body("capital_reply.bin")),
    BROKERS: broker_ranking_pb2.Response.FromString(golden.body("brokers_reply_realtime.bin")),
    VOLUME: short_volume_pb2.Response.FromString(golden.body("short_volume_reply_us.bin")),
    INTEREST: short_interest_pb2.Response.FromString(golden.body("short_interest_reply_us.bin")),
}


@pytest.fixture
async def client(quiet_loop: None) -> AsyncIterator[NewClient]:
    made: list[AsyncClient] = []

    def to(where: Gateway, **settings: Any) -> AsyncClient:
        values = OpenDSettings(host=where.host, port=where.port, **{"quotas": False, **settings})
        made.append(AsyncClient(lambda: ACME.provider(values), broker=ACME.name, quotas=values.quotas, share=False))
        return made[-1]

    yield to
    for each in made:
        await each.aclose()


def asked(there: Gateway, visit: int = 0) -> list[Any]:
    """The C2S of every request but InitConnect, in the order they came."""
    requests = {endpoint.proto_id: endpoint.request for endpoint in ENDPOINTS}
    parsed: list[Any] = [requests[frame.proto_id].FromString(frame.body) for frame in there.visits[visit].heard[1:]]
    return [request.c2s for request in parsed]


def numbers(there: Gateway) -> list[int]:
    return [frame.proto_id for frame in there.visits[0].heard]


# each question


async def test_every_question_is_answered_over_one_connection(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(answering(GOLDEN))
    asks = client(there)
    ark = await asks.ark_dynamic("US.TSLA")
    capital = await asks.capital_distribution("HK.00700")
    ranking = await asks.broker_ranking("HK.00700")
    volume = await asks.short_volume("US.TSLA")
    interest = await asks.short_interest("US.AAPL")
    assert (ark.net_shares, ark.last_transaction) == (-29523, date(2026, 6, 17))
    assert (capital.inflow.large, capital.outflow.small) == (299700820.0, 682124080.0)
    assert [row.side for row in ranking.rows] == [Side.BUY, Side.BUY, Side.SELL, Side.SELL]
    assert [row.volume for row in volume] == [72933558]
    assert [row.days_to_cover for row in interest] == [2.5]
    assert numbers(there) == [INIT_CONNECT, ARK, CAPITAL, BROKERS, VOLUME, INTEREST]
    assert [(c2s.security.market, c2s.security.code) for c2s in asked(there)] == [
        (11, "TSLA"),
        (1, "00700"),
        (1, "00700"),
        (11, "TSLA"),
        (11, "AAPL"),
    ]


async def test_questions_at_once_get_their_own_answers(gateway: OpenGateway, client: NewClient) -> None:
    def own(request: Frame) -> ark_dynamic_pb2.Response:
        code = ark_dynamic_pb2.Request.FromString(request.body).c2s.security.code
        return ark_dynamic_pb2.Response(retType=0, s2c={"netShares": int(code)})

    asks = client(await gateway(answering({ARK: own})))
    results = await asyncio.gather(*(asks.ark_dynamic(f"US.{number}") for number in range(200)))
    assert [(result.symbol.code, result.net_shares) for result in results] == [(str(number), number) for number in range(200)]


async def test_a_result_names_its_source(gateway: OpenGateway, client: NewClient) -> None:
    before = datetime.now(UTC)
    result = await client(await gateway(answering(GOLDEN))).ark_dynamic("US.TSLA")
    assert result.symbol == Symbol("US", "TSLA")
    assert result.source.broker == "acme"
    assert result.source.fetched_at.utcoffset() == timedelta(0)
    assert before <= result.source.fetched_at <= datetime.now(UTC)


@pytest.mark.parametrize(("words", "sandbox"), [("brokerport sandbox", True), ("", False), ("sandbox", False)])
async def test_only_a_gateway_that_says_so_is_a_sandbox(gateway: OpenGateway, client: NewClient, words: str, sandbox: bool) -> None:
    result = await client(await gateway(answering(GOLDEN, welcome(ret_msg=words)))).ark_dynamic("US.TSLA")
    assert result.source.sandbox is sandbox


async def test_the_source_is_the_gateway_that_answered_and_not_one_before_it(
    gateway: OpenGateway, quiet_loop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sandbox(visit: Visit) -> None:
        await visit.greet(welcome(ret_msg="brokerport sandbox"))
        await visit.frame()
        visit.close()

    class Slow(OpenDProvider):
        def limits(self, question: str) -> tuple[Quota, ...]:
            return (Quota(1, 0.02),)

    there = await gateway(sandbox, answering(GOLDEN))
    settings = OpenDSettings(host=there.host, port=there.port)
    # The second call is connected, and waits for its turn while the gateway changes.
    monkeypatch.setattr("brokerport.quotas.slot.GRACE", 0.0)
    async with AsyncClient(lambda: Slow(settings, name="acme", gateway="", manual=""), broker="acme") as client:
        client._asking._retries = retry.Retry(attempts=1)
        outcomes = await asyncio.gather(*(client.ark_dynamic(f"US.{code}") for code in ("TSLA", "AAPL")), return_exceptions=True)
    assert isinstance(outcomes[0], ConnectionLostError)
    assert not isinstance(outcomes[1], BaseException)
    assert outcomes[1].source.sandbox is False


@pytest.mark.parametrize(("days_before", "sent"), [(0, None), (1, 1), (250, 250)])
async def test_days_before_is_left_out_for_the_present_day(
    gateway: OpenGateway, client: NewClient, days_before: int, sent: int | None
) -> None:
    there = await gateway(answering(GOLDEN))
    await client(there).broker_ranking("HK.00700", days_before=days_before)
    (c2s,) = asked(there)
    assert (c2s.daysBefore if c2s.HasField("daysBefore") else None) == sent


@pytest.mark.parametrize(
    ("question", "symbol"), [("broker_ranking", "US.TSLA"), ("short_volume", "SH.600000"), ("short_interest", "JP.7203")]
)
async def test_a_market_without_the_data_is_refused_and_nothing_is_sent(
    gateway: OpenGateway, client: NewClient, question: str, symbol: str
) -> None:
    there = await gateway(answering(GOLDEN))
    with pytest.raises(UnsupportedError, match=rf"^{question} is for .* only, and {symbol} is of "):
        await getattr(client(there), question)(symbol)
    assert there.visits == []


# pages


def paged(pages: Iterable[tuple[int, str | None]]) -> Callable[[Frame], short_volume_pb2.Response]:
    """A reply a request: so many rows, numbered from 1 on, and the key of the next page."""
    rest = iter(pages)
    told = 0

    def page(_: Frame) -> short_volume_pb2.Response:
        nonlocal told
        rows, key = next(rest)
        response = short_volume_pb2.Response(retType=0, s2c={} if key is None else {"nextKey": key})
        response.s2c.SetInParent()
        for _row in range(rows):
            told += 1
            response.s2c.hkItemList.add(sharesTraded=told)
        return response

    return page


def pages_of(there: Gateway) -> list[tuple[int, str | None]]:
    return [(c2s.num, c2s.nextKey if c2s.HasField("nextKey") else None) for c2s in asked(there)]


@pytest.mark.parametrize("last", ["-1", "", None])
async def test_pages_are_followed_to_the_end_however_it_is_said(gateway: OpenGateway, client: NewClient, last: str | None) -> None:
    there = await gateway(answering({VOLUME: paged([(50, "a"), (50, "b"), (7, last)])}))
    history = await client(there).short_volume("HK.00700", limit=None)
    assert [row.volume for row in history] == list(range(1, 108))
    assert history.cursor is None
    assert pages_of(there) == [(50, None), (50, "a"), (50, "b")]


@pytest.mark.parametrize(
    ("limit", "pages", "sent"),
    [
        (1, [(1, "a")], [(1, None)]),
        (10, [(10, "a")], [(10, None)]),
        (50, [(50, "a")], [(50, None)]),
        (51, [(50, "a"), (1, "b")], [(50, None), (1, "a")]),
        (120, [(50, "a"), (50, "b"), (20, "c")], [(50, None), (50, "a"), (20, "b")]),
        (30, [(20, "a"), (10, "b")], [(30, None), (10, "a")]),  # fewer came than were asked for
        (30, [(20, "a"), (3, "-1")], [(30, None), (10, "a")]),
    ],
)
async def test_a_page_is_asked_for_what_is_missing(
    gateway: OpenGateway, client: NewClient, limit: int, pages: list[tuple[int, str]], sent: list[tuple[int, str | None]]
) -> None:
    there = await gateway(answering({VOLUME: paged(pages)}))
    history = await client(there).short_volume("HK.00700", limit=limit)
    assert pages_of(there) == sent
    assert len(history) == sum(rows for rows, _ in pages)
    assert history.cursor == (None if pages[-1][1] == "-1" else pages[-1][1])


async def test_a_history_goes_on_from_a_cursor(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(answering({VOLUME: paged([(10, "1776960000"), (10, "-1")])}))
    asks = client(there)
    first = await asks.short_volume("HK.00700")
    second = await asks.short_volume("HK.00700", after=first.cursor)
    assert [row.volume for row in (*first, *second)] == list(range(1, 21))
    assert pages_of(there) == [(10, None), (10, "1776960000")]


async def test_rows_are_given_out_page_by_page(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(answering({VOLUME: paged([(2, "a"), (2, "b"), (2, "-1")])}))
    seen: list[tuple[float | None, int]] = []
    async for row in client(there).iter_short_volume("HK.00700"):
        seen.append((row.volume, len(there.visits[0].heard) - 1))  # noqa: PERF401  # the second figure changes meanwhile
    assert seen == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)]


@pytest.mark.parametrize("pages", [[(2, "a"), (2, "a")], [(2, "a"), (2, "b"), (2, "a")]])
async def test_a_key_that_repeats_is_an_error_with_the_rows_so_far(
    gateway: OpenGateway, client: NewClient, pages: list[tuple[int, str]]
) -> None:
    asks = client(await gateway(answering({VOLUME: paged(pages)})))
    with pytest.raises(PaginationError, match="'a' came a second time") as caught:
        await asks.short_volume("HK.00700", limit=None)
    rows: Any = caught.value.rows
    assert [row.volume for row in rows] == list(range(1, 2 * len(pages) + 1))


async def test_the_key_that_was_asked_for_is_one_that_repeats(gateway: OpenGateway, client: NewClient) -> None:
    asks = client(await gateway(answering({VOLUME: paged([(2, "a")])})))
    with pytest.raises(PaginationError):
        await asks.short_volume("HK.00700", limit=None, after="a")


async def test_a_page_without_rows_that_names_a_next_one_is_an_error_with_the_rows_so_far(gateway: OpenGateway, client: NewClient) -> None:
    asks = client(await gateway(answering({VOLUME: paged([(2, "a"), (0, "b")])})))
    with pytest.raises(PaginationError, match="a page without rows that names a next one, 'b'") as caught:
        await asks.short_volume("HK.00700", limit=None)
    rows: Any = caught.value.rows
    assert [row.volume for row in rows] == [1, 2]


async def test_more_rows_than_were_asked_for_are_a_bad_reply(gateway: OpenGateway, client: NewClient) -> None:
    with pytest.raises(BadReplyError, match="at most 3 more were asked for and 4 came"):
        await client(await gateway(answering({VOLUME: paged([(4, "a")])}))).short_volume("HK.00700", limit=3)


@pytest.mark.parametrize("key", ["-1", "", None])
async def test_a_symbol_without_data_is_an_empty_history(gateway: OpenGateway, client: NewClient, key: str | None) -> None:
    interest = short_interest_pb2.Response(retType=0, s2c={} if key is None else {"nextKey": key})
    interest.s2c.SetInParent()
    asks = client(await gateway(answering({VOLUME: paged([(0, key)]), INTEREST: interest})))
    nothing = Symbol("HK", "00700")
    source = Source("acme", datetime.now(UTC))
    assert await asks.short_volume(nothing, limit=None) == ShortVolumeHistory(symbol=nothing, source=source)
    assert await asks.short_interest(nothing, limit=None) == ShortInterestHistory(symbol=nothing, source=source)


async def test_the_open_shorts_are_those_of_the_first_page(gateway: OpenGateway, client: NewClient) -> None:
    pages = paged([(50, "a"), (50, "-1")])

    def page(request: Frame) -> short_volume_pb2.Response:
        response = pages(request)
        response.s2c.aggregatedShort = response.s2c.hkItemList[0].sharesTraded
        return response

    history = await client(await gateway(answering({VOLUME: page}))).short_volume("HK.00700", limit=None)
    assert (len(history), history.open_short) == (100, OpenShort(shares=1))


async def test_after_a_connection_lost_between_pages_the_same_page_is_asked_for_again(gateway: OpenGateway, client: NewClient) -> None:
    page = paged([(50, "a"), (7, "-1")])

    async def script(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        visit.answer(request, page(request))
        await visit.frame()
        visit.close()

    there = await gateway(script)
    history = await client(there).short_volume("HK.00700", limit=None)
    assert [row.volume for row in history] == list(range(1, 58))
    assert pages_of(there) == [(50, None), (50, "a")]
    assert [(c2s.num, c2s.nextKey) for c2s in asked(there, visit=1)] == [(50, "a")]


# refusals


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (-1, "频率太高，请求失败，每30秒最多30次。", QuotaError),
        (-1, "no permission for this security", NotEntitledError),
        (-1, "unknown stock", RejectedError),
        (-100, "", ConnectionLostError),
        (0, "", BadReplyError),
    ],
)
async def test_a_refusal_says_what_was_asked_and_leaves_the_connection_usable(
    gateway: OpenGateway, client: NewClient, code: int, words: str, kind: type[BrokerportError]
) -> None:
    there = await gateway(answering({**GOLDEN, INTEREST: short_interest_pb2.Response(retType=code, retMsg=words)}))
    asks = client(there)
    with pytest.raises(kind, match=r"^short_interest\('HK\.00700'\): "):
        await asks.short_interest("HK.00700", timeout=20)  # less than a quota's window: waiting it out would be another test
    assert (await asks.ark_dynamic("US.TSLA")).net_shares == -29523
    assert len(there.visits) == 1


@pytest.mark.parametrize(
    ("asked", "notes"), [("HK.700", ["did you mean 'HK.00700'?"]), ("US.BRK-B", ["did you mean 'US.BRK.B'?"]), ("HK.00700", [])]
)
async def test_a_refused_symbol_is_told_how_opend_writes_it(gateway: OpenGateway, client: NewClient, asked: str, notes: list[str]) -> None:
    there = await gateway(answering({**GOLDEN, INTEREST: short_interest_pb2.Response(retType=-1, retMsg="unknown stock")}))
    with pytest.raises(RejectedError, match="unknown stock") as raised:
        await client(there).short_interest(asked)
    assert getattr(raised.value, "__notes__", []) == notes


async def test_a_reply_of_nonsense_says_what_was_asked_and_leaves_the_connection_usable(gateway: OpenGateway, client: NewClient) -> None:
    nonsense = ark_dynamic_pb2.Response(retType=0, s2c={"lastTransactionTime": "soon"})
    there = await gateway(answering({**GOLDEN, ARK: nonsense}))
    asks = client(there)
    with pytest.raises(BadReplyError, match="'soon' is no day"):
        await asks.ark_dynamic("US.TSLA")
    assert len(await asks.short_interest("US.AAPL")) == 1
    assert len(there.visits) == 1


async def test_nobody_there_is_told_with_the_brands_own_gateway(client: NewClient) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectError, match=r"; start Acme OpenD, or set host and port \(https://acme\.example/opend\)"):
            await client(Gateway(port=bound.getsockname()[1])).ark_dynamic("US.TSLA")


async def test_no_opend_is_a_failed_handshake(gateway: OpenGateway, client: NewClient) -> None:
    with pytest.raises(HandshakeError):
        await client(await gateway(hangs_up)).ark_dynamic("US.TSLA")


async def test_the_deadline_says_that_the_time_went_into_connecting(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(silent)
    with pytest.raises(DeadlineError, match=rf"had 0\.02 s, all spent: .* connecting to 127\.0\.0\.1:{there.port}"):
        await client(there).ark_dynamic("US.TSLA", timeout=0.02)


async def test_a_call_whose_time_is_up_leaves_the_connection_usable(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(answering({ARK: GOLDEN[ARK]}))  # silent on all else
    asks = client(there)
    assert (await asks.ark_dynamic("US.TSLA")).net_shares == -29523
    with pytest.raises(DeadlineError, match="waiting for the reply"):
        await asks.short_volume("HK.00700", timeout=0.02)
    assert (await asks.ark_dynamic("US.TSLA")).net_shares == -29523
    assert len(there.visits) == 1


async def test_closing_the_client_ends_its_calls_and_its_connection(gateway: OpenGateway, client: NewClient) -> None:
    heard, left = asyncio.Event(), asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.greet()
        await visit.frame()
        heard.set()
        await visit.gone()
        left.set()

    asks = client(await gateway(script))
    call = asyncio.create_task(asks.ark_dynamic("US.TSLA"))
    await heard.wait()
    await asks.aclose()
    with pytest.raises(ClientClosedError):
        await call
    await left.wait()


# quotas


async def test_without_quotas_everything_is_sent_at_once(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(answering(GOLDEN))
    asks = client(there, quotas=False)
    await asyncio.gather(*(asks.short_interest("US.AAPL") for _ in range(100)))
    assert len(there.visits[0].heard) == 101


async def test_with_quotas_no_more_is_sent_than_the_broker_allows(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(answering(GOLDEN))
    asks = client(there, quotas=True)
    calls = [asks.short_interest("US.AAPL", timeout=10) for _ in range(40)] + [asks.ark_dynamic("US.TSLA", timeout=10) for _ in range(70)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    refused = [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)]
    assert refused == [QuotaError] * 20
    assert (numbers(there).count(INTEREST), numbers(there).count(ARK)) == (30, 60)


async def spent(asks: AsyncClient) -> float:
    """Use up a quota; how long the next has to wait."""
    await asyncio.gather(*(asks.short_interest("US.AAPL") for _ in range(30)))
    with pytest.raises(QuotaError) as raised:
        await asks.short_interest("US.AAPL", timeout=1)
    return raised.value.retry_after


async def test_clients_of_one_account_share_its_quotas_through_whichever_gateway(gateway: OpenGateway, client: NewClient) -> None:
    first, second = await gateway(answering(GOLDEN)), await gateway(answering(GOLDEN))
    assert await spent(client(first, quotas=True)) > 29
    with pytest.raises(QuotaError):
        await client(second, quotas=True).short_interest("US.AAPL", timeout=1)
    assert len(second.visits[0].heard) == 1


async def test_other_users_and_other_brands_have_quotas_of_their_own(gateway: OpenGateway, client: NewClient) -> None:
    there, other = await gateway(answering(GOLDEN)), await gateway(answering(GOLDEN, welcome(loginUserID=7)))
    await spent(client(there, quotas=True))
    await spent(client(other, quotas=True))
    brand = Brand(name="apex", gateway="Apex OpenD", manual="https://apex.example/opend")
    values = OpenDSettings(host=there.host, port=there.port)
    async with AsyncClient(lambda: brand.provider(values), broker="apex", share=False) as asks:
        await spent(asks)


async def test_clients_of_one_sandbox_share_too_and_no_file_is_made(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(answering(GOLDEN, welcome(ret_msg="brokerport sandbox")))
    asks = client(there, quotas=True)
    await spent(asks)
    with pytest.raises(QuotaError):
        await client(there, quotas=True).short_interest("US.AAPL", timeout=1)
    assert not folder().exists()


async def test_a_refusal_holds_the_question_and_no_other(gateway: OpenGateway, client: NewClient) -> None:
    refusal = ark_dynamic_pb2.Response(retType=-1, retMsg="频率太高，请求失败，每30秒最多60次。")
    there = await gateway(answering({**GOLDEN, ARK: refusal}))
    asks = client(there, quotas=True)
    with pytest.raises(QuotaError, match="the gateway refused"):
        await asks.ark_dynamic("US.TSLA", timeout=10)
    with pytest.raises(QuotaError, match=r"is used up: the next turn is in 30\.0 s") as raised:
        await asks.ark_dynamic("US.TSLA", timeout=10)
    assert raised.value.retry_after == pytest.approx(30, abs=0.5)
    await asks.short_interest("US.AAPL")
    assert numbers(there) == [INIT_CONNECT, ARK, INTEREST]


async def test_a_gateway_that_is_not_there_costs_no_quota(gateway: OpenGateway, client: NewClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0)
    monkeypatch.setattr("brokerport_opend.connecting.session.LONGEST", 0.0)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        asks = client(Gateway(port=bound.getsockname()[1]), quotas=True)
        for _ in range(SHORT_VOLUME.quota.requests + 1):
            with pytest.raises(ConnectError):
                await asks.short_volume("HK.00700", timeout=3)
        port = bound.getsockname()[1]
    await gateway(answering(GOLDEN), port=port)
    assert len(await asks.short_volume("US.TSLA", timeout=3)) == 1


# the provider itself


def test_capabilities_are_the_table_of_endpoints() -> None:
    every, both = frozenset(Market), frozenset({Market.HK, Market.US})
    assert ACME.provider(OpenDSettings()).capabilities() == (
        Capability("ark_dynamic", every, Quota(60, 30.0), None),
        Capability("capital_distribution", every, Quota(30, 30.0), None),
        Capability("broker_ranking", frozenset({Market.HK}), Quota(30, 30.0), None),
        Capability("short_volume", both, Quota(30, 30.0), 50),
        Capability("short_interest", both, Quota(30, 30.0), 50),
    )


async def test_a_provider_that_was_never_asked_closes() -> None:
    provider = ACME.provider(OpenDSettings())
    await provider.aclose()
    await provider.aclose()


async def test_the_embedded_sandbox_answers_and_says_so(quiet_loop: None) -> None:
    provider = ACME.provider(OpenDSettings(sandbox=True, port=1))
    results = await asyncio.gather(*(provider.ask(ARK_DYNAMIC, Symbol("US", "TSLA")) for _ in range(5)))
    session, sandbox = provider._session, provider._sandbox
    assert session is not None
    assert sandbox is not None
    assert (session.host, session.port) == (sandbox.host, sandbox.port)
    assert {(result.source.broker, result.source.sandbox) for result in results} == {("acme", True)}
    before = asyncio.all_tasks()
    await provider.aclose()
    assert asyncio.all_tasks() <= before
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(sandbox.host, sandbox.port)


async def test_brands_on_one_loop_share_nothing(gateway: OpenGateway, client: NewClient) -> None:
    one = await gateway(answering(GOLDEN))
    other = await gateway(answering({**GOLDEN, ARK: ark_dynamic_pb2.Response(retType=0, s2c={"netShares": 7})}))
    first, second = client(one), client(other)
    results = await asyncio.gather(first.ark_dynamic("US.TSLA"), second.ark_dynamic("US.TSLA"))
    assert [result.net_shares for result in results] == [-29523, 7]
    await first.aclose()
    assert (await second.ark_dynamic("US.TSLA")).net_shares == 7


def test_every_endpoint_answers_a_question_and_nothing_else_is_answered() -> None:
    provider = OpenDProvider(OpenDSettings(), name="toy", gateway="Toy OpenD", manual="")
    assert [each.question for each in ENDPOINTS if provider.answering(each.question) is None] == []
    assert {each.question for each in ENDPOINTS} <= QUESTIONS.keys()
    assert provider.answering("borrow_fee") is None


async def test_a_cursor_that_cannot_be_sent_is_an_invalid_request(gateway: OpenGateway, client: NewClient) -> None:
    there = await gateway(answering(GOLDEN))
    with pytest.raises(InvalidRequestError):
        await client(there).short_volume("HK.00700", after="\ud800")
    assert there.visits == []
