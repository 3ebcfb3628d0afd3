"""What may be asked: markets, pages, and fields that cannot be sent."""

from __future__ import annotations

from inspect import signature
from typing import Any

import pytest

from brokerport import InvalidRequestError, Market, Quota, Symbol, UnsupportedError
from brokerport.questions import QUESTIONS
from brokerport_opend.endpoints import ARK_DYNAMIC, BROKER_RANKING, CAPITAL_DISTRIBUTION, ENDPOINTS, SHORT_INTEREST, SHORT_VOLUME
from brokerport_opend.endpoints.endpoint import MARKET_NUMBERS, Endpoint
from brokerport_opend.messages import quote_pb2


def security(endpoint: Endpoint[Any], symbol: Symbol, **fields: object) -> Any:
    request: Any = endpoint.request.FromString(endpoint.body(symbol, **fields))
    return request.c2s.security


@pytest.mark.parametrize(
    ("endpoint", "question", "proto_id", "quota", "page_size"),
    [
        (ARK_DYNAMIC, "ark_dynamic", 3424, Quota(60, 30.0), None),
        (CAPITAL_DISTRIBUTION, "capital_distribution", 3212, Quota(30, 30.0), None),
        (BROKER_RANKING, "broker_ranking", 3247, Quota(30, 30.0), None),
        (SHORT_VOLUME, "short_volume", 3248, Quota(30, 30.0), 50),
        (SHORT_INTEREST, "short_interest", 3249, Quota(30, 30.0), 50),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_table_of_endpoints(endpoint: Endpoint[Any], question: str, proto_id: int, quota: Quota, page_size: int | None) -> None:
    assert (endpoint.question, endpoint.proto_id, endpoint.quota, endpoint.page_size) == (question, proto_id, quota, page_size)
    assert endpoint in ENDPOINTS


@pytest.mark.parametrize(
    ("market", "name"),
    [
        (Market.HK, "QotMarket_HK_Security"),
        (Market.US, "QotMarket_US_Security"),
        (Market.SH, "QotMarket_CNSH_Security"),
        (Market.SZ, "QotMarket_CNSZ_Security"),
        (Market.SG, "QotMarket_SG_Security"),
        (Market.JP, "QotMarket_JP_Security"),
        (Market.AU, "QotMarket_AU_Security"),
        (Market.MY, "QotMarket_MY_Security"),
        (Market.CA, "QotMarket_CA_Security"),
    ],
)
def test_every_market_has_the_number_of_its_name(market: Market, name: str) -> None:
    assert MARKET_NUMBERS[market] == quote_pb2.QotMarket.Value(name)
    asked = security(ARK_DYNAMIC, Symbol(market, "X"))
    assert (asked.market, asked.code) == (MARKET_NUMBERS[market], "X")


def test_no_market_is_without_a_number() -> None:
    assert set(MARKET_NUMBERS) == set(Market)


@pytest.mark.parametrize("code", ["00700", "700", "BRK.B", ".DJI", "tsla", "BABA-SW"])
def test_a_code_is_sent_untouched(code: str) -> None:
    assert security(CAPITAL_DISTRIBUTION, Symbol("US", code)).code == code


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.question)
@pytest.mark.parametrize("market", Market)
def test_a_market_without_the_data_is_unsupported(endpoint: Endpoint[Any], market: Market) -> None:
    markets = {BROKER_RANKING: {Market.HK}, SHORT_VOLUME: {Market.HK, Market.US}, SHORT_INTEREST: {Market.HK, Market.US}}
    symbol = Symbol(market, "X1")
    if market in markets.get(endpoint, set(Market)):
        assert security(endpoint, symbol).code == "X1"
        return
    with pytest.raises(UnsupportedError) as caught:
        endpoint.body(symbol)
    there = ", ".join(sorted(markets[endpoint]))
    assert str(caught.value) == f"{endpoint.question} is for {there} only, and {symbol} is of {market}; nothing was sent"


@pytest.mark.parametrize("fields", [{"num": 2**31}, {"num": "ten"}, {"nextKey": 7}, {"nextKey": "\ud800"}, {"nosuch": 1}])
def test_a_field_that_cannot_be_sent_is_an_invalid_request(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match=r"short_volume of HK\.00700 with .* cannot be sent") as caught:
        SHORT_VOLUME.body(Symbol("HK", "00700"), **fields)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.question)
def test_an_endpoint_takes_the_arguments_of_its_question(endpoint: Endpoint[Any]) -> None:
    said = QUESTIONS[endpoint.question].said
    assert list(signature(endpoint.write).parameters) == [name for name in said.parameters if name != "symbol" and name not in said.added]


@pytest.mark.parametrize("endpoint", [SHORT_VOLUME, SHORT_INTEREST], ids=lambda endpoint: endpoint.question)
def test_a_page_is_asked_for_what_is_missing_and_fifty_rows_at_most(endpoint: Endpoint[Any]) -> None:
    limits = (1, 10, 49, 50, 51, 10_000, None)
    assert [endpoint.write(limit=limit, after=None)["num"] for limit in limits] == [1, 10, 49, 50, 50, 50, 50]
    assert endpoint.page_size == 50


def test_a_field_that_is_zero_is_sent_and_one_that_is_none_is_not() -> None:
    request: Any = SHORT_VOLUME.request.FromString(SHORT_VOLUME.body(Symbol("HK", "00700"), num=0, nextKey=None))
    assert (request.c2s.HasField("num"), request.c2s.num, request.c2s.HasField("nextKey")) == (True, 0, False)
