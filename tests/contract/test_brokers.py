"""Every broker behind OpenD keeps the contract, asked of the sandbox; and brands of one protocol answer alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points, requires
from itertools import count
from typing import Any, ClassVar

import pytest

from brokerport import Client, Provider, Settings, registry
from brokerport.hookspecs import Factory
from brokerport.testing import ProviderContract

BRANDS = [
    plugin.name
    for plugin in registry.plugins()
    if plugin.distribution and any(need.startswith("brokerport-opend") for need in requires(plugin.distribution) or ())
]
QUESTIONS: dict[str, dict[str, Any]] = {
    "ark_dynamic": {"symbol": "US.TSLA"},
    "capital_distribution": {"symbol": "HK.00700"},
    "broker_ranking": {"symbol": "HK.00700", "days_before": 1},
    "short_volume": {"symbol": "HK.00700", "limit": 120},
    "short_interest": {"symbol": "US.AAPL", "limit": 30},
}


def offer(name: str) -> tuple[Factory, type[Settings]]:
    """What a plugin's hook registers under its name."""
    offers: dict[str, tuple[Factory, type[Settings]]] = {}

    def register(name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        offers[name] = factory, settings

    entry_points(group="brokerport", name=name)[name].load().register_providers(register)
    return offers[name]


def settled(ask: Callable[[], Any], other: Callable[[], Any]) -> tuple[Any, Any]:
    """Both answers, of one moment: what is of the present day changes by the minute."""
    before = ask()
    for _ in count():
        theirs, after = other(), ask()
        if before == after:
            break
        before = after
    return before, theirs


@pytest.mark.parametrize("brand", BRANDS)
class TestBrokers(ProviderContract):
    symbols: ClassVar = {
        "ark_dynamic": ["US.TSLA"],
        "capital_distribution": ["HK.00700", "US.AAPL"],
        "broker_ranking": ["HK.00700"],
        "short_volume": ["HK.00700", "US.AAPL"],
        "short_interest": ["HK.00700", "US.AAPL"],
    }

    @pytest.fixture
    def make(self, brand: str) -> Callable[[], Provider]:
        factory, settings = offer(brand)
        return partial(factory, settings(sandbox=True))  # type: ignore[call-arg]  # the settings of every brand behind OpenD


def test_futu_and_moomoo_are_installed() -> None:
    assert {"futu", "moomoo"} <= set(BRANDS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_siblings_give_equal_answers(question: str) -> None:
    futu, moomoo = registry.get("futu", sandbox=True), registry.get("moomoo", sandbox=True)
    ours, theirs = settled(partial(ask, futu, question), partial(ask, moomoo, question))
    assert ours == theirs
    assert (ours.source.broker, theirs.source.broker) == ("futu", "moomoo")
    assert (ours.source.sandbox, theirs.source.sandbox) == (True, True)


def ask(client: Client, question: str) -> Any:
    return getattr(client, question)(**QUESTIONS[question])
