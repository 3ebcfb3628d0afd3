"""Strangers' questions and markets: what a plugin brings is asked like what core has, and is found without being loaded before."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from brokerport import Capability, InvalidRequestError, Market, PluginError, PluginState, Registry, Symbol, UnknownBrokerError
from brokerport.models import market
from brokerport.models.symbol import _parse

Install = Callable[..., Path]

#: a question of a package's own; it is brought by a hook of that package, or of whoever imports it
BORROW_FEE = """
from abc import ABC, abstractmethod
from attrs import field, frozen
from brokerport import Provider, Question, Result, Source, Symbol, hookimpl

@frozen(kw_only=True)
class BorrowFee(Result):
    symbol: Symbol
    percent: float
    source: Source = field(eq=False)

class BorrowFeeProvider(Provider, ABC):
    @abstractmethod
    async def borrow_fee(self, symbol): ...

def borrow_fee(symbol: str | Symbol, *, timeout: float | None = None) -> BorrowFee:
    '''What it costs to borrow the stock, percent a year.'''
    raise NotImplementedError

BORROW_FEE = Question(borrow_fee, BorrowFeeProvider)
"""
BRINGS = """
@hookimpl
def register_questions(register):
    register(BORROW_FEE)
"""
ANSWERS = """
from datetime import UTC, datetime
from brokerport import Source

class Fees(BorrowFeeProvider):
    def __init__(self, settings): pass
    async def borrow_fee(self, symbol):
        return BorrowFee(symbol=symbol, percent=1.5, source=Source("{name}", datetime.now(UTC)))

@hookimpl
def register_providers(register):
    register("{name}", Fees)
"""
BROKER = """
from datetime import UTC, datetime
from brokerport import ArkDynamic, ArkProvider, Capability, Market, Source, hookimpl

class Ark(ArkProvider):
    def __init__(self, settings): pass
    async def ark_dynamic(self, symbol):
        return ArkDynamic(symbol=symbol, source=Source("{name}", datetime.now(UTC)))

@hookimpl
def register_providers(register):
    register("{name}", Ark)
"""
MARKETS = """
from brokerport import Market, hookimpl

@hookimpl
def register_markets(register):
    register(Market("UK", "Europe/London", "{currency}", "United Kingdom"))
"""
CORE = tuple(Market)
MANIFEST = 'questions = ["borrow_fee"]\n[capabilities.borrow_fee]\nmarkets = ["US"]\n'


@pytest.fixture
def own() -> Iterator[Registry]:
    """A registry of the test's own; what it learned of markets is forgotten, which nobody else can."""
    known, origins = dict(market._known), dict(market._origins)
    own = Registry()
    yield own
    own.close()
    for now, before in ((market._known, known), (market._origins, origins)):
        now.clear()
        now.update(before)  # type: ignore[arg-type]  # each of its own
    _parse.cache_clear()


def fees(name: str = "acme") -> str:
    return BORROW_FEE + BRINGS + ANSWERS.replace("{name}", name)


def states(own: Registry, *names: str) -> dict[str, PluginState]:
    return {plugin.name: plugin.state for plugin in own.plugins() if plugin.name in names}


# Questions


def test_a_strangers_question_is_asked_like_any_other(own: Registry, install: Install) -> None:
    install("acme", fees(), manifest=MANIFEST)
    client = own.get("acme")
    answer = client.borrow_fee("US.TSLA")  # type: ignore[attr-defined]  # checkers know core's
    assert (answer.percent, answer.to_dicts()) == (1.5, [{"symbol": "US.TSLA", "percent": 1.5}])
    assert client.ask(own.question("borrow_fee"), "US.TSLA") == answer
    assert own.route("acme").ask(own.question("borrow_fee"), "US.TSLA") == answer
    assert own.explain("acme", "borrow_fee", "US.TSLA").ok
    assert own.compare("acme", "acme", "borrow_fee", "US.TSLA").verdict == "safe"


@pytest.mark.parametrize("manifest", [MANIFEST, 'questions = ["borrow_fee"]\n[capabilities]\n[capabilities.ark_dynamic]', "", None])
def test_a_question_is_found_in_plugins_that_nobody_has_loaded(own: Registry, install: Install, manifest: str | None) -> None:
    install("acme", fees(), manifest=manifest)
    install("beside", "raise AssertionError('it names other questions')", manifest="[capabilities.ark_dynamic]")
    assert own.question("borrow_fee").name == "borrow_fee"
    assert states(own, "acme", "beside") == {"acme": PluginState.LOADED, "beside": PluginState.FOUND}


def test_who_can_answer_it_is_told_by_manifests(own: Registry, install: Install) -> None:
    install("acme", fees(), manifest=MANIFEST)
    install("zebra", "raise AssertionError('who answers need not be loaded')", manifest='[capabilities.borrow_fee]\nmarkets = ["HK"]')
    assert own.who_can("borrow_fee", "US.TSLA") == ("acme",)
    assert own.who_can("borrow_fee", "HK.00700") == ("zebra",)
    assert own.capabilities("acme") == (Capability("borrow_fee", frozenset({Market.US})),)


def test_all_questions_are_those_of_core_and_those_that_plugins_bring(own: Registry, install: Install) -> None:
    names = [question.name for question in own.questions()]
    install("acme", fees(), manifest=MANIFEST)
    install("broken", "raise OSError", manifest='questions = ["colour"]')
    assert own.announced() == ("borrow_fee", "colour")
    assert states(own, "acme", "broken") == {"acme": PluginState.FOUND, "broken": PluginState.FOUND}
    assert [question.name for question in own.questions()] == [*names, "borrow_fee"]
    assert states(own, "acme", "broken") == {"acme": PluginState.LOADED, "broken": PluginState.FAILED}


def test_what_nobody_brings_is_no_question_and_a_plugin_that_fails_hurts_nobody(own: Registry, install: Install) -> None:
    install("broken", "raise SystemExit", manifest='questions = ["borrow_fee"]')
    with pytest.raises(InvalidRequestError, match="there is no question 'borrow_fee'; there are ark_dynamic, "):
        own.question("borrow_fee")
    with pytest.raises(AttributeError, match="has no 'borrow_fee'"):
        own.get("finra").borrow_fee  # type: ignore[attr-defined]  # noqa: B018  # that is the point


def test_two_that_bring_the_same_question_are_fine(own: Registry, install: Install) -> None:
    site = install("acme", "from borrowing import *\nfrom borrowing import BORROW_FEE" + BRINGS + ANSWERS.replace("{name}", "acme"))
    install("zebra", "from borrowing import *\nfrom borrowing import BORROW_FEE" + BRINGS + ANSWERS.replace("{name}", "zebra"))
    (site / "borrowing.py").write_text(BORROW_FEE, "utf-8")
    answers = [own.get(name).ask(own.question("borrow_fee"), "US.TSLA") for name in ("acme", "zebra")]
    assert [answer.source.broker for answer in answers] == ["acme", "zebra"]


def test_two_that_bring_different_ones_of_a_name_are_told_and_the_first_goes_on(own: Registry, install: Install) -> None:
    install("acme", fees())
    install("zebra", fees("zebra"))
    assert own.get("acme").ask(own.question("borrow_fee"), "US.TSLA").percent == 1.5
    text = r"plugin 'zebra' of brokerport-zebra 1\.2\.3 and plugin 'acme' of brokerport-acme 1\.2\.3 bring two different questions"
    with pytest.raises(PluginError, match=text):
        own.get("zebra")
    assert own.get("acme").ask(own.question("borrow_fee"), "US.TSLA").percent == 1.5
    assert states(own, "acme", "zebra") == {"acme": PluginState.LOADED, "zebra": PluginState.FAILED}


def test_a_question_of_cores_name_is_refused(own: Registry, install: Install) -> None:
    install("acme", fees().replace("borrow_fee", "ark_dynamic"))
    with pytest.raises(PluginError, match="and brokerport itself bring two different questions of the name ark_dynamic"):
        own.get("acme")


@pytest.mark.parametrize("what", ["None", "'borrow_fee'", "Question"])
def test_what_is_brought_as_a_question_is_one(own: Registry, install: Install, what: str) -> None:
    install("acme", BORROW_FEE + BRINGS.replace("BORROW_FEE", what) + ANSWERS.replace("{name}", "acme"))
    with pytest.raises(
        PluginError, match=r"plugin 'acme' of brokerport-acme 1\.2\.3 brings .* as a question, which is no brokerport.Question"
    ):
        own.get("acme")


def test_what_a_hook_registered_before_it_failed_is_not_learned(own: Registry, install: Install) -> None:
    install("acme", BORROW_FEE + BRINGS + "    raise OSError('bad day')\n")
    with pytest.raises(PluginError, match="bad day"):
        own.get("acme")
    assert own.find("borrow_fee") is None


def test_registries_learn_for_themselves(own: Registry, install: Install) -> None:
    install("acme", fees(), manifest=MANIFEST)
    own.get("acme")
    other = Registry()
    assert "borrow_fee" not in [each.name for each in other._questions.each()]
    assert other.question("borrow_fee") == own.question("borrow_fee")


# A package without a broker


def test_a_package_may_bring_questions_alone(own: Registry, install: Install) -> None:
    site = install("fees", "from borrowing import *\nfrom borrowing import BORROW_FEE" + BRINGS, manifest='questions = ["borrow_fee"]')
    install("acme", "from borrowing import *\nfrom brokerport import hookimpl" + ANSWERS.replace("{name}", "acme"), manifest=MANIFEST)
    (site / "borrowing.py").write_text(BORROW_FEE, "utf-8")
    assert ("fees" in own.names(), "acme" in own.names()) == (False, True)
    assert states(own, "fees", "acme") == {"fees": PluginState.FOUND, "acme": PluginState.FOUND}
    assert own.who_can("borrow_fee", "US.TSLA") == ("acme",)
    assert own.get("acme").ask(own.question("borrow_fee"), "US.TSLA").percent == 1.5
    assert states(own, "fees", "acme") == {"fees": PluginState.LOADED, "acme": PluginState.LOADED}


@pytest.mark.parametrize(("manifest", "listed"), [('questions = ["borrow_fee"]', False), (None, True)])
def test_who_asks_for_its_broker_is_told_that_there_is_none(own: Registry, install: Install, manifest: str | None, listed: bool) -> None:
    install("fees", BORROW_FEE + BRINGS, manifest=manifest)
    assert ("fees" in own.names()) is listed  # where the manifest does not tell, loading does
    with pytest.raises(UnknownBrokerError) as raised:
        own.get("fees")
    brings = "plugin 'fees' of brokerport-fees 1.2.3 brings no broker, only what others are asked"
    assert str(raised.value) == f"{brings}; installed brokers are finra, futu, moomoo; ask one of those by its name"
    assert own.names() == ("finra", "futu", "moomoo")
    assert "fees" not in own.capabilities()
    failure = own.explain("fees", "ark_dynamic", "US.TSLA").first_failure
    assert failure is not None
    assert (failure.name, failure.fix) == ("installed", "ask one of those by its name")


# Markets


def test_a_strangers_market_is_known_when_its_plugin_is_loaded(own: Registry, install: Install) -> None:
    install(
        "acme",
        MARKETS.replace("{currency}", "GBP") + BROKER.replace("{name}", "acme"),
        manifest='markets = ["UK"]\n[capabilities.ark_dynamic]',
    )
    with pytest.raises(InvalidRequestError) as raised:
        Symbol.parse("UK.VOD")
    hint = "plugin 'acme' of brokerport-acme 1.2.3 names it: registry.markets() loads what registers it"
    assert str(raised.value) == f"'UK' is no market that brokerport knows (HK, US, SH, SZ, SG, JP, AU, MY, CA); {hint}"
    assert own.get("acme").ark_dynamic("UK.VOD").symbol == Symbol.parse("UK.VOD")
    assert Market("UK").currency == "GBP"


@pytest.mark.parametrize("manifest", ['markets = ["UK"]', "", None, '[capabilities.ark_dynamic]\nmarkets = ["UK"]'])
def test_a_market_is_found_in_plugins_that_nobody_has_loaded(own: Registry, install: Install, manifest: str | None) -> None:
    install("acme", MARKETS.replace("{currency}", "GBP") + BROKER.replace("{name}", "acme"), manifest=manifest)
    install(
        "beside",
        "raise AssertionError('it names other markets')",
        manifest='markets = ["KR"]\n[capabilities.ark_dynamic]\nmarkets = ["KR"]',
    )
    assert "beside" not in own.who_can("ark_dynamic", "UK.VOD")
    assert own.explain("acme", "ark_dynamic", "UK.VOD").ok
    assert states(own, "beside") == {"beside": PluginState.FOUND}


def test_all_markets_are_those_of_core_and_those_that_plugins_register(own: Registry, install: Install) -> None:
    install("places", MARKETS.replace("{currency}", "GBP"), manifest='markets = ["UK"]')
    assert "places" not in own.names()
    assert own.markets() == (*CORE, "UK")
    assert states(own, "places") == {"places": PluginState.LOADED}


def test_two_that_register_different_markets_of_a_code_are_told(own: Registry, install: Install) -> None:
    install("acme", MARKETS.replace("{currency}", "GBP") + BROKER.replace("{name}", "acme"))
    install("zebra", MARKETS.replace("{currency}", "GBX") + BROKER.replace("{name}", "zebra"))
    own.get("acme")
    text = (
        "plugin 'zebra' of brokerport-zebra 1.2.3 and plugin 'acme' of brokerport-acme 1.2.3 register two different markets of the code UK"
    )
    with pytest.raises(PluginError, match=f"^{re.escape(text)}"):
        own.get("zebra")
    assert "plugin_zebra" in sys.modules
    assert Market("UK").currency == "GBP"


def test_a_market_in_a_zone_that_does_not_exist_is_its_plugins_fault(own: Registry, install: Install) -> None:
    install("acme", MARKETS.replace("{currency}", "GBP").replace("London", "Londn") + BROKER.replace("{name}", "acme"))
    with pytest.raises(PluginError, match=r"brings what cannot be: ZoneInfoNotFoundError: .*Europe/Londn.*; tell its author"):
        own.get("acme")
