"""The contract of the three examples; run by test_examples.py in a process of its own, where they are installed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import ClassVar, get_args

import pytest

from brokerport import Secret
from brokerport.testing import Broken, Failure, Make, ProviderContract
from brokerport_almanac import AlmanacSettings
from brokerport_almanac.provider import AlmanacProvider
from brokerport_harbour import HarbourSettings
from brokerport_harbour.provider import HarbourProvider
from brokerport_tideway import TidewaySettings
from brokerport_tideway.provider import TidewayProvider
from core.kit.web import serving
from servers import KEY, AlmanacServer, TidewayServer, failing


def harbour(host: str, key: str = KEY) -> HarbourProvider:
    return HarbourProvider(HarbourSettings(host=host, key=Secret(key)))


def tideway(url: str) -> TidewayProvider:
    return TidewayProvider(TidewaySettings(url=url, key=Secret(KEY)))


def almanac(url: str) -> AlmanacProvider:
    return AlmanacProvider(AlmanacSettings(url=url))


class TestHarbour(ProviderContract):
    symbols: ClassVar = {"short_volume": ["HK.00700", "HK.00005"]}

    @pytest.fixture
    def make(self) -> Make:
        return partial(harbour, "harbour.example")

    @pytest.fixture
    def broken(self) -> Broken:
        hosts: dict[Failure, str] = {"unreachable": "nowhere", "silent": "silent", "exhausted": "busy", "garbled": "garbled"}
        return {**{how: partial(harbour, host) for how, host in hosts.items()}, "refusing": partial(harbour, "harbour.example", "wrong")}


class TestTideway(ProviderContract):
    symbols: ClassVar = {"capital_distribution": ["US.TSLA", "US.AAPL"]}

    @pytest.fixture
    def make(self) -> Iterator[Make]:
        with serving(TidewayServer()) as server:
            yield partial(tideway, server.root)

    @pytest.fixture
    def broken(self) -> Iterator[Broken]:
        with failing() as addresses:
            yield {how: partial(tideway, addresses[how]) for how in get_args(Failure)}


class TestAlmanac(ProviderContract):
    symbols: ClassVar = {"short_volume": ["HK.00700"]}

    @pytest.fixture
    def make(self) -> Iterator[Make]:
        with serving(AlmanacServer()) as server:
            yield partial(almanac, server.root)

    @pytest.fixture
    def broken(self) -> Iterator[Broken]:
        with failing() as addresses:
            yield {how: partial(almanac, addresses[how]) for how in get_args(Failure)}
