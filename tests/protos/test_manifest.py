"""The manifest that the brands behind OpenD share says what their provider does."""

from __future__ import annotations

import pytest

from brokerport import Registry
from brokerport.plugins.manifest import read
from brokerport_opend import Brand, OpenDSettings

BRANDS = ("futu", "moomoo")


def test_it_is_what_the_endpoints_say() -> None:
    provider = Brand(name="acme", gateway="Acme OpenD", manual="").provider(OpenDSettings())
    told = read("brokerport_opend").capabilities
    assert told is not None
    assert tuple(told.values()) == tuple(provider.capabilities())


@pytest.mark.parametrize("brand", BRANDS)
def test_each_brand_tells_the_same_loaded_or_not(brand: str) -> None:
    own = Registry()
    client = own.get_async(brand)
    assert own.capabilities(brand) == tuple(client._make().capabilities())
