"""Which installed plugins bring a provider: those of its class's package, whether or not they can be used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from brokerport import Provider
from brokerport.testing.origin import brought_by, whose
from core.testing.stranger import OnlyArk

Install = Callable[..., Path]

CLASS = "from core.testing.stranger import OnlyArk\nclass Mine(OnlyArk): pass"


def provider(module: str) -> Provider:
    made: Provider = import_module(module).Mine()
    return made


def test_the_plugin_of_its_package_brings_it(install: Install) -> None:
    install("acme", CLASS)
    brought = brought_by(provider("plugin_acme"))
    assert whose(brought) == "'acme' of brokerport-acme 1.2.3"


def test_a_subclass_in_the_tests_is_that_of_its_base(install: Install) -> None:
    install("acme", CLASS)
    changed: type[Provider] = type("Changed", (type(provider("plugin_acme")),), {"__module__": "test_acme"})
    assert [plugin.name for plugin in brought_by(changed())] == ["acme"]


def test_nobody_brings_a_stranger(install: Install) -> None:
    install("acme", CLASS)
    assert list(brought_by(OnlyArk())) == []


@pytest.mark.parametrize("manifest", ['same_as = "protocol"', 'same_as = "protocol"\napi = ">=2.0,<3"', "about = "])
def test_brands_share_a_provider_though_one_cannot_be_used(manifest: str, install: Install, site: Path) -> None:
    (site / "protocol").mkdir()
    (site / "protocol/__init__.py").write_text(CLASS, "utf-8")
    (site / "protocol/brokerport.toml").write_text("", "utf-8")
    install("acme", "", manifest='same_as = "protocol"')
    install("bcme", "", manifest=manifest)
    install("other", "", manifest="")
    assert [plugin.name for plugin in brought_by(provider("protocol"))] == ["acme", "bcme"]
