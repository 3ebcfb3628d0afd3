"""What type checkers are told of the shipped brokers' settings is what the plugins say."""

from __future__ import annotations

import pickle
from copy import copy
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import attrs
import pytest

import brokerport_finra
import brokerport_futu
import brokerport_moomoo
from brokerport import ArkDynamic, ArkProvider, Broker, Registry, Settings, Symbol
from brokerport.settings import brands
from brokerport_finra import FinraSettings
from brokerport_opend import OpenDSettings

SHIPPED = {
    **dict.fromkeys(get_args(brands.OpenDName), (OpenDSettings, brands.OpenD)),
    **dict.fromkeys(get_args(brands.FinraName), (FinraSettings, brands.Finra)),
}


def told(settings: type[Settings]) -> dict[str, Any]:
    """The settings that a class has, with the types of their values; a path may be text."""
    hints = get_type_hints(settings)
    names = [each.name for each in attrs.fields(settings) if each.name != "timeout"]  # which every way of asking names itself
    return {name: _as_given(hints[name]) for name in names}


def _as_given(kind: Any) -> Any:
    parts = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    return str | kind if Path in parts else kind


@pytest.mark.parametrize("name", SHIPPED)
def test_the_settings_of_a_shipped_broker_are_those_of_its_plugin(name: str) -> None:
    settings, shown = SHIPPED[name]
    assert get_type_hints(shown) == told(settings)
    assert Registry()._brokers.find(name)[1].settings is settings


def test_every_shipped_broker_is_known_to_checkers() -> None:
    ours = (brokerport_finra, brokerport_futu, brokerport_moomoo)
    assert {each.__name__.removeprefix("brokerport_") for each in ours} == {*SHIPPED}


def test_a_broker_is_the_text_that_it_is_made_of() -> None:
    class Acme(ArkProvider):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            raise NotImplementedError

    acme = Broker("acme", Settings)
    own = Registry()
    own.register(acme, lambda _: Acme())
    assert own.get(acme, timeout=5.0) is own.get("acme", timeout=5)
    assert (acme, repr(acme), f"{acme}", hash(acme)) == ("acme", "'acme'", "acme", hash("acme"))
    assert type(pickle.loads(pickle.dumps(acme))) is type(copy(acme)) is str
    own.close()
