"""Every broker behind OpenD keeps the contract: asked of the sandbox, and of gateways that fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import requires
from typing import Any, ClassVar

import pytest

from brokerport import registry
from brokerport.testing import Broken, Failure, Make, ProviderContract
from brokerport_opend.sandbox import Sandbox
from contract.brands import made
from contract.failing import failing_gateways
from contract.shown import EXPECTED, MOMENT

BRANDS = [
    plugin.name
    for plugin in registry.plugins()
    if plugin.distribution and any(need.startswith("brokerport-opend") for need in requires(plugin.distribution) or ())
]


@pytest.fixture(scope="module")
def ports() -> Iterator[Mapping[Failure, int]]:
    with failing_gateways() as ports:
        yield ports


class OpenDContract(ProviderContract):
    """What the brands have in common: the sandbox's symbols, and the ways that their gateways fail."""

    brand: ClassVar[str]
    symbols: ClassVar = {
        "ark_dynamic": ["US.TSLA"],
        "capital_distribution": ["HK.00700", "US.AAPL"],
        "broker_ranking": ["HK.00700"],
        "short_volume": ["HK.00700", "US.AAPL"],
        "short_interest": ["HK.00700", "US.AAPL"],
    }

    expected: ClassVar = EXPECTED

    @pytest.fixture
    def make(self, monkeypatch: pytest.MonkeyPatch) -> Make:
        defaults: dict[str, Any] = Sandbox.__init__.__kwdefaults__ or {}
        monkeypatch.setitem(defaults, "now", lambda: MOMENT)
        return partial(made, self.brand, sandbox=True)

    @pytest.fixture
    def broken(self, ports: Mapping[Failure, int]) -> Broken:
        return {failure: partial(made, self.brand, port=port) for failure, port in ports.items()}


class TestFutu(OpenDContract):
    brand = "futu"


class TestMoomoo(OpenDContract):
    brand = "moomoo"


def test_every_brand_keeps_the_contract() -> None:
    assert sorted(each.brand for each in OpenDContract.__subclasses__()) == sorted(BRANDS)
