"""The plugin's tests, as its author writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, get_args

import pytest

from brokerport import Market
from brokerport.testing import Expected, Failure, Make, ProviderContract
from mutants.gold.broker import BUSY, Broker, Refusal, Reply
from mutants.gold.provider import GoldProvider


class FailingBroker(Broker):
    """Fails, in one of the ways that a broker can."""

    def __init__(self, how: Failure) -> None:
        self._how = how

    async def get(self, page: str, market: Market, code: str, **query: Any) -> Reply:
        match self._how:
            case "unreachable":
                raise ConnectionRefusedError("nobody listens")
            case "silent":
                await asyncio.Event().wait()
            case "refusing":
                raise Refusal(403, "not for you")
            case "exhausted":
                raise Refusal(BUSY, "later", wait=30.0)
        return {"garbled": "bytes"}


class TestGold(ProviderContract):
    symbols: ClassVar = {
        "ark_dynamic": ["US.TSLA"],
        "capital_distribution": ["HK.00700"],
        "broker_ranking": ["HK.00700"],
        "short_volume": ["HK.00700", "HK.00005"],
        "short_interest": ["HK.00700"],
    }
    expected: ClassVar[Expected] = {
        ("ark_dynamic", "US.TSLA"): {"kind": "last_transaction", "transactions": 2, "net_shares": -280, "last_transaction": "2024-05-28"},
        ("capital_distribution", "HK.00700"): {
            "inflow_extra_large": 650_000.0,
            "inflow_large": 400_000.0,
            "inflow_small": 75_000.0,
            "outflow_extra_large": None,
            "outflow_large": 300_000.0,
            "updated_at": "2024-05-31T16:00:00+08:00",
        },
        ("broker_ranking", "HK.00700"): [
            {"side": "buy", "name": "Harbour 1", "broker_id": "B00000", "net_volume": 3_000, "average_price": 320.5},
            {"side": "sell", "name": "Peak 2", "net_volume": -2_300, "total_volume": 4_600, "total_turnover": 1_474_300.0},
            {"days_before": 1, "as_of": "2024-05-30T00:00:00+08:00", "side": "sell", "name": "Peak 1", "net_volume": -3_100},
        ],
        ("short_volume", "HK.00700"): [
            {"day": "2024-05-31", "short_volume": 3_100, "volume": 10_000, "short_percent": 31.0, "average_short_percent": 15.5},
            {"day": "2024-05-30", "open": 318.0, "close": 320.5, "turnover": 3_205_000.0, "short_turnover": 961_500.0},
        ],
        ("short_interest", "HK.00700"): {
            "day": "2024-05-17",
            "short_shares": 100_017,
            "short_percent": 1.25,
            "short_value": 32_055_448.5,
            "average_daily_volume": 40_000,
            "days_to_cover": pytest.approx(2.5, abs=0.01),
            "published": "2024-05-22",
        },
    }

    @pytest.fixture
    def make(self) -> Make:
        return GoldProvider

    @pytest.fixture
    def broken(self) -> Mapping[Failure, Make]:
        return {how: partial(GoldProvider, partial(FailingBroker, how)) for how in get_args(Failure)}
