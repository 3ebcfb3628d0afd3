"""Markets: text that knows its zone, those of core, and those that others register."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import requires
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
import pytest

from brokerport import InvalidRequestError, Market, Result, Source, Symbol
from brokerport.models import market
from brokerport.models.symbol import _parse

RunPython = Callable[..., subprocess.CompletedProcess[str]]

UK = ("UK", "Europe/London", "GBP", "United Kingdom")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """What a test registers is forgotten, which nobody else can."""
    known, origins = dict(market._known), dict(market._origins)
    yield
    for now, before in ((market._known, known), (market._origins, origins)):
        now.clear()
        now.update(before)  # type: ignore[arg-type]  # each of its own
    _parse.cache_clear()


def test_those_of_core_are_members_in_order() -> None:
    assert [*Market] == ["HK", "US", "SH", "SZ", "SG", "JP", "AU", "MY", "CA"]
    assert len(Market) == 9
    assert [getattr(Market, each.value) for each in Market] == [*Market]
    assert all(Market(each.value) is each is Market.parse(each) for each in Market)
    assert ("HK" in Market, Market.HK in Market, "UK" in Market, 7 in Market) == (True, True, False, False)


def test_one_is_text_wherever_text_is_used() -> None:
    assert Market.HK == "HK"
    by_text: dict[str, int] = {Market.HK: 1}
    assert by_text["HK"] == {"HK": 1}[Market.HK] == 1
    assert f"{Market.HK}.00700" == "HK.00700"
    assert sorted([Market.US, Market.HK]) == ["HK", "US"]
    assert ", ".join(Market)[:6] == "HK, US"
    assert json.dumps({Market.HK: Market.US}) == '{"HK": "US"}'
    assert (type(Market.HK.value), type(str(Market.HK)), repr(Market.HK)) == (str, str, "Market('HK')")


def test_one_knows_its_zone_its_currency_and_its_name() -> None:
    assert (Market.HK.zone, Market.HK.currency, Market.HK.name) == (ZoneInfo("Asia/Hong_Kong"), "HKD", "Hong Kong")


def test_one_is_frozen() -> None:
    for name in ("name", "colour"):
        with pytest.raises(AttributeError):
            setattr(Market.HK, name, "x")


@pytest.mark.parametrize("wrong", ["XX", "hk", "", None, 7, [], b"HK"])
def test_what_is_none_is_answered_with_those_there_are(wrong: Any) -> None:
    for read in (Market, Market.parse):
        with pytest.raises(InvalidRequestError, match=r"is no market that brokerport knows \(HK, US, SH, SZ, SG, JP, AU, MY, CA\); write "):
            read(wrong)


# Others


def test_one_that_is_registered_is_like_any_other() -> None:
    uk = Market(*UK)
    with pytest.raises(InvalidRequestError, match="'UK' is no market that brokerport knows"):
        Symbol.parse("UK.VOD")
    market.learn(uk, "Acme")
    assert Market("UK") is uk is Symbol.parse("UK.VOD").market
    assert (uk.zone, uk.currency, uk.name, [*Market][-1]) == (ZoneInfo("Europe/London"), "GBP", "United Kingdom", uk)
    with pytest.raises(InvalidRequestError, match=r"did you mean 'UK\.VOD'\?"):
        Symbol.parse("vod.uk")


def test_equal_ones_are_one_and_may_come_from_several() -> None:
    market.learn(Market(*UK), "Acme")
    market.learn(Market(*UK), "Zebra")
    market.learn(Market("HK", "Asia/Hong_Kong", "HKD", "Hong Kong"), "Acme")
    assert Market(*UK) is Market("UK")
    assert len(Market) == 10


@pytest.mark.parametrize(
    ("other", "whose"),
    [(("UK", "Europe/London", "GBX", "United Kingdom"), "Acme"), (("HK", "Asia/Hong_Kong", "HKD", "China"), "brokerport itself")],
)
def test_different_ones_of_one_code_name_both_who_register_them(other: tuple[str, str, str, str], whose: str) -> None:
    market.learn(Market(*UK), "Acme")
    with pytest.raises(TypeError, match=f"^Zebra and {whose} register two different markets of the code {other[0]}; only one of them can"):
        market.learn(Market(*other), "Zebra")
    assert Market("UK").currency == "GBP"


@pytest.mark.parametrize("wrong", ["UK", None, ("UK", "Europe/London"), Market.named("UK")])
def test_what_is_registered_is_a_whole_market(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"Acme registers .* as a market; write Market\(code, zone, currency, name\)"):
        market.learn(wrong, "Acme")


def test_a_zone_that_does_not_exist_is_told_at_once() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        market.learn(Market("UK", "Europe/Londn", "GBP", "United Kingdom"), "Acme")
    assert "UK" not in Market


@pytest.mark.parametrize("code", ["uk", "U K", "U.K", "", "U" * 17, "1UK", "UK\n", None, 7])
def test_a_code_is_what_a_symbol_can_begin_with(code: Any) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be the code of a market; write capital letters and digits, such as 'UK'"):
        Market(code, *UK[1:])


@pytest.mark.parametrize("facts", [("Europe/London", "", "United Kingdom"), ("Europe/London", "GBP", None), (None, "GBP", "x"), (1, 2, 3)])
def test_a_new_one_says_all_of_it(facts: Any) -> None:
    with pytest.raises(InvalidRequestError, match="the market UK: write zone, currency and name, such as "):
        Market("UK", *facts)


def test_one_that_is_only_named_is_whole_when_it_is_registered() -> None:
    uk = Market.named("UK")
    assert uk == "UK"
    with pytest.raises(InvalidRequestError, match="'UK' is no market that brokerport knows"):
        uk.zone  # noqa: B018  # a property
    market.learn(Market(*UK), "Acme")
    assert (uk.zone, uk.currency) == (ZoneInfo("Europe/London"), "GBP")
    assert Market.named("UK") is Market("UK")


# Copies


def test_copies_and_pickles_are_the_same_object() -> None:
    market.learn(Market(*UK), "Acme")
    for each in Market:
        assert copy.copy(each) is copy.deepcopy(each) is pickle.loads(pickle.dumps(each)) is each


def test_a_symbol_crosses_to_a_process_where_its_market_is_not_registered(run_python: RunPython) -> None:
    market.learn(Market(*UK), "Acme")
    sent = pickle.dumps(Symbol.parse("UK.VOD"))
    code = f"""
    import pickle
    from brokerport import Market, Symbol
    from brokerport.models import market
    symbol = pickle.loads({sent!r})
    print(symbol, symbol.market.zone, symbol.market.currency, "UK" in Market, Symbol(symbol.market, "BP"))
    market.learn(Market("UK", "Europe/London", "GBP", "United Kingdom"), "Acme")
    print(symbol == Symbol.parse("UK.VOD"), symbol.market is Market("UK"))
    """
    assert run_python(code).stdout.splitlines() == ["UK.VOD Europe/London GBP False UK.BP", "True True"]


def test_what_is_known_here_counts_and_not_what_was_known_there() -> None:
    sent = pickle.dumps(Market(*UK))
    market.learn(Market("UK", "Europe/London", "GBX", "Britain"), "Acme")
    assert pickle.loads(sent) is Market("UK")


# In answers


def test_a_column_of_a_market_is_text() -> None:
    @attrs.frozen(kw_only=True)
    class Turnover(Result):
        market: Market
        source: Source

    told = Turnover(market=Market.HK, source=Source("toy", None)).to_dicts()  # type: ignore[arg-type]  # nobody looks at it
    assert told == [{"market": "HK"}]
    assert type(told[0]["market"]) is str


# Without a database of time zones


def test_a_zone_without_a_database_says_what_to_install(run_python: RunPython) -> None:
    code = """
    import sys
    sys.modules["tzdata"] = None
    from brokerport import Market
    try:
        Market.HK.zone
    except KeyError as error:
        print(type(error).__name__, error)
    """
    said = "the time zone Asia/Hong_Kong is needed, and there is no database of time zones: pip install tzdata"
    assert run_python(code, PYTHONTZPATH="").stdout == f"ZoneInfoNotFoundError '{said}'\n"


def test_a_database_of_time_zones_is_required_wherever_the_system_may_have_none() -> None:
    assert "tzdata" in (requires("brokerport") or ())
