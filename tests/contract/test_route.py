"""A route of our two brands keeps the contract of a single broker, but for what is each broker's own: errors, quotas, manifests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import ClassVar, get_args

import pytest

from brokerport import (
    AsyncClient,
    BadReplyError,
    BrokerportError,
    ConnectError,
    DeadlineError,
    Provider,
    QuotaError,
    RejectedError,
    RouteError,
)
from brokerport.routing.route import Route
from brokerport.routing.stop import Stop
from brokerport.testing import Broken, Failure, Make, ProviderContract
from contract.brands import made
from contract.failing import failing_gateways

REASONS: dict[Failure, type[BrokerportError]] = {
    "unreachable": ConnectError,
    "silent": DeadlineError,
    "refusing": RejectedError,
    "exhausted": QuotaError,
    "garbled": BadReplyError,
}


def route(**brands: Make) -> Route:
    """A route of what makes each brand's provider."""

    def opened(brand: str, make: Make) -> AsyncClient:
        return AsyncClient(make, broker=brand)

    return Route([Stop(brand, made(brand).capabilities, partial(opened, brand, make)) for brand, make in brands.items()])


def of_sandboxes() -> Provider:
    return route(futu=partial(made, "futu", sandbox=True), moomoo=partial(made, "moomoo", sandbox=True))


class TestRoute(ProviderContract):
    symbols: ClassVar = {
        "ark_dynamic": ["US.TSLA"],
        "capital_distribution": ["HK.00700", "US.AAPL"],
        "broker_ranking": ["HK.00700"],
        "short_volume": ["HK.00700", "US.AAPL"],
        "short_interest": ["HK.00700", "US.AAPL"],
    }

    @pytest.fixture
    def make(self) -> Make:
        return of_sandboxes

    @pytest.fixture
    def broken(self) -> Broken:
        return dict.fromkeys(get_args(Failure), "a route tells of failures by a RouteError with the reasons")

    def test_14_a_market_without_the_data_is_unsupported(self, make: Make) -> None:
        pytest.skip("a route tells of it by a RouteError with the reasons")

    def test_32_its_capabilities_are_those_of_its_manifest(self, make: Make, answers: object) -> None:
        ours = {(each.question, each.markets) for each in make().capabilities()}
        assert ours == {(each.question, each.markets) for each in made("futu").capabilities()}


@pytest.fixture(scope="module")
def ports() -> Iterator[Mapping[Failure, int]]:
    with failing_gateways() as ports:
        yield ports


@pytest.mark.parametrize("failure", REASONS)
async def test_however_the_first_fails_the_second_answers(failure: Failure, ports: Mapping[Failure, int]) -> None:
    failing = partial(made, "futu", port=ports[failure])
    async with AsyncClient(lambda: route(futu=failing, moomoo=partial(made, "moomoo", sandbox=True)), broker="route") as client:
        assert (await client.short_volume("HK.00700", limit=60, timeout=2)).source.broker == "moomoo"


@pytest.mark.parametrize("failure", REASONS)
async def test_when_all_fail_each_is_told_by_the_error_of_its_own(failure: Failure, ports: Mapping[Failure, int]) -> None:
    brands = {brand: partial(made, brand, port=ports[failure]) for brand in ("futu", "moomoo")}
    async with AsyncClient(lambda: route(**brands), broker="route") as client:
        with pytest.raises(RouteError) as raised:
            await client.short_volume("HK.00700", timeout=0.2 if failure == "silent" else 3)
    assert {brand: isinstance(error, REASONS[failure]) for brand, error in raised.value.reasons.items()} == {"futu": True, "moomoo": True}
