"""The manifest that the brands behind OpenD share says what their provider does."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from brokerport import Registry
from brokerport.plugins.manifest import read
from brokerport_opend import Brand, OpenDSettings

BRANDS = ("futu", "moomoo")
WRITER = Path(__file__).resolve().parents[2] / "protos" / "manifest.py"


def test_it_is_what_the_endpoints_say() -> None:
    provider = Brand(name="acme", gateway="Acme OpenD", manual="").provider(OpenDSettings())
    told = read("brokerport_opend").capabilities
    assert told is not None
    assert tuple(told.values()) == tuple(provider.capabilities())


def test_it_is_as_its_writer_writes_it() -> None:
    writer = runpy.run_path(str(WRITER))
    assert writer["manifest"]() == writer["MANIFEST"].read_text("utf-8"), "run: make messages"


@pytest.mark.parametrize("brand", BRANDS)
def test_each_brand_tells_the_same_loaded_or_not(brand: str) -> None:
    own = Registry()
    client = own.get_async(brand)
    assert own.capabilities(brand) == tuple(client._asking._make().capabilities())
