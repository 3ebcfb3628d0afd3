"""The chain of checks: what ends it, what it says to do, and that it always ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from brokerport import (
    ArkDynamic,
    ArkProvider,
    BadReplyError,
    BrokerportError,
    Capability,
    ConnectError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    Market,
    NotEntitledError,
    PluginError,
    Provider,
    QuotaError,
    Registry,
    RejectedError,
    Source,
    Step,
    Symbol,
    UnknownBrokerError,
    UnsupportedError,
)
from brokerport.explaining.explanation import Check, Explanation, Outcome
from core.toy import Toy

Install = Callable[..., Path]

GENERIC = ["configuration", "installed", "switched on", "compatible", "loaded", "settings", "provider", "question", "market"]
GOOD = """
    from datetime import UTC, datetime
    from brokerport import ArkDynamic, ArkProvider, Source, hookimpl

    class Acme(ArkProvider):
        async def ark_dynamic(self, symbol):
            return ArkDynamic(symbol=symbol, source=Source("acme", datetime.now(UTC)))

    @hookimpl
    def register_providers(register):
        register("acme", lambda settings: Acme())
"""


@pytest.fixture
def own() -> Iterator[Registry]:
    own = Registry()
    yield own
    own.close()


def about(registry: Registry, name: str = "toy", **given: Any) -> Explanation:
    return registry.explain(name, "ark_dynamic", "US.TSLA", **given)


def toy(registry: Registry, provider: Callable[[], Provider], **given: Any) -> Explanation:
    registry.register("toy", lambda _: provider())
    return about(registry, **given)


def outcomes(told: Explanation) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in told.checks}


def failed(told: Explanation, name: str, kind: type[BrokerportError]) -> Check:
    """The one that failed; those before it hold, and those after it were not tried."""
    failure = told.first_failure
    assert failure is not None
    assert (failure.name, type(told.error), told.ok) == (name, kind, False)
    place = told.checks.index(failure)
    assert {check.outcome for check in told.checks[:place]} <= {Outcome.OK, Outcome.UNKNOWN}
    assert {(check.outcome, check.detail, check.fix) for check in told.checks[place + 1 :]} <= {(Outcome.SKIPPED, "not tried", None)}
    return failure


class Checked(Toy):
    """With checks of its own."""

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self.steps = steps
        self.closed = 0

    def checks(self, question: str, symbol: Symbol) -> tuple[Step, ...]:
        return self.steps

    async def aclose(self) -> None:
        self.closed += 1


def finds(name: str, found: str | BaseException | None) -> Step:
    async def find() -> str | None:
        if isinstance(found, BaseException):
            raise found
        return found

    return Step(name, find, "mend it")


# A chain that holds


def test_a_plugin_that_answers_passes_every_check(own: Registry, install: Install) -> None:
    install("acme", GOOD)
    told = about(own, "acme")
    assert (told.ok, told.error, told.first_failure) == (True, None, None)
    assert [check.name for check in told.checks] == [*GENERIC, "probe"]
    assert told.checks[1].detail == "brokerport-acme 1.2.3"
    assert all(check.fix is None for check in told.checks)


def test_what_a_plugin_does_not_say_is_unknown_and_no_failure(own: Registry) -> None:
    told = toy(own, Toy)
    assert told.ok
    assert {name for name, outcome in outcomes(told).items() if outcome is Outcome.UNKNOWN} == {"market"}


def test_an_applications_own_broker_can_be_examined(own: Registry) -> None:
    assert toy(own, Toy).checks[1].detail == "registered by the application"


def test_without_a_probe_nothing_is_asked(own: Registry) -> None:
    told = toy(own, lambda: Toy(RejectedError("no", code=1, text="no")), probe=False)
    assert told.ok
    assert "probe" not in outcomes(told)


def test_a_providers_own_checks_come_before_the_probe_and_it_is_closed_once(own: Registry) -> None:
    provider = Checked(finds("door", "open"), finds("light", None))
    told = toy(own, lambda: provider)
    assert list(outcomes(told)) == [*GENERIC, "door", "light", "probe"]
    assert outcomes(told)["light"] is Outcome.UNKNOWN
    assert (told.ok, provider.closed) == (True, 1)


async def test_it_works_inside_a_running_loop(own: Registry) -> None:
    assert toy(own, Toy).ok


def test_a_profile_is_examined_with_its_plugin(own: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_PLUGIN", "toy")
    own.register("toy", lambda _: Toy())
    told = about(own, "desk")
    assert told.ok
    assert told.checks[0].detail == "a profile of toy"


# What ends a chain


def test_an_unknown_broker_is_not_installed(own: Registry, install: Install) -> None:
    install("acme", GOOD)
    failure = failed(about(own, "acmee"), "installed", UnknownBrokerError)
    assert failure.detail.startswith("no broker 'acmee'; installed are ")
    assert failure.fix == "did you mean 'acme'?"
    assert failed(about(own, "zzz"), "installed", UnknownBrokerError).fix == "install the plugin that brings it, from where its author says"


def test_a_configuration_that_cannot_be_read_ends_it_first(own: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("brokers = [", "utf-8")
    monkeypatch.setenv("BROKERPORT_CONFIG", str(file))
    failure = failed(about(own), "configuration", InvalidRequestError)
    assert failure.detail.startswith(f"{file} cannot be read as TOML: ")
    assert failure.fix == "mend the file, or the variable of the environment"


def test_a_plugin_that_is_switched_off_says_by_what(own: Registry, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("acme", GOOD)
    monkeypatch.setenv("BROKERPORT_PLUGINS", "other")
    failure = failed(about(own, "acme"), "switched on", PluginError)
    assert "is switched off: BROKERPORT_PLUGINS='other' does not name it" in failure.detail
    assert failure.fix


def test_a_plugin_for_another_api_is_not_imported(own: Registry, install: Install) -> None:
    site = install("acme", "raise SystemExit", module="acme_brands")
    (site / "acme_brands.py").rename(site / "moved.py")
    package = site / "acme_brands"
    package.mkdir()
    (site / "moved.py").rename(package / "__init__.py")
    (package / "brokerport.toml").write_text('api = ">=7"', "utf-8")
    failure = failed(about(own, "acme"), "compatible", PluginError)
    assert failure.detail.endswith("the plugin API >=7, and this brokerport has 1.0")
    assert failure.fix == "upgrade the older of brokerport and brokerport-acme"


def test_two_plugins_of_one_name_say_how_to_choose(own: Registry, install: Install) -> None:
    install("acme", GOOD)
    install("acme", GOOD, distribution="acme-other")
    failure = failed(about(own, "acme"), "compatible", PluginError)
    assert failure.fix is not None
    assert failure.fix.startswith("uninstall all but one, or choose: [brokers.acme] distribution = ")


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("import brokerport_is_not_here", "pip install brokerport_is_not_here"),
        ("raise ValueError('one; two')", "upgrade or reinstall the plugin, or tell its author"),
        ("import sys; sys.exit(3)", "upgrade or reinstall the plugin, or tell its author"),
        ("def", "upgrade or reinstall the plugin, or tell its author"),
    ],
)
def test_a_plugin_that_does_not_load_says_why(own: Registry, install: Install, code: str, fix: str) -> None:
    install("acme", code)
    failure = failed(about(own, "acme"), "loaded", PluginError)
    assert failure.detail.startswith("plugin 'acme' of brokerport-acme 1.2.3 did not load: ")
    assert failure.fix == fix


def test_a_setting_that_cannot_be_is_told_from_a_plugin_that_does_not_load(own: Registry) -> None:
    failure = failed(toy(own, Toy, timeouts=3), "settings", InvalidRequestError)
    assert failure.fix == "did you mean 'timeout'? there are timeout, quotas, share"


def test_a_factory_that_fails_is_the_plugins_fault(own: Registry) -> None:
    failure = failed(toy(own, lambda: 1 / 0), "provider", PluginError)  # type: ignore[arg-type, return-value]  # that is the point
    assert "ZeroDivisionError" in failure.detail


def test_a_question_that_the_broker_does_not_answer_ends_it(own: Registry) -> None:
    own.register("toy", lambda _: Toy())
    failure = failed(own.explain("toy", "short_volume", "HK.00700"), "question", UnsupportedError)
    assert (failure.detail, failure.fix) == ("toy does not answer short_volume, only ark_dynamic", "ask one that does")


def test_a_market_that_the_broker_does_not_cover_ends_it_before_the_gateway(own: Registry) -> None:
    class Hong(Checked):
        def capabilities(self) -> tuple[Capability, ...]:
            return (Capability("ark_dynamic", frozenset({Market.HK})),)

    told = toy(own, lambda: Hong(finds("door", "open")))
    failure = failed(told, "market", UnsupportedError)
    assert (failure.detail, failure.fix) == ("ark_dynamic is for HK only, and US.TSLA is of US", "ask about one of those")
    assert outcomes(told)["door"] is Outcome.SKIPPED


def test_a_providers_check_that_fails_ends_it_and_the_provider_is_closed(own: Registry) -> None:
    provider = Checked(finds("door", ConnectError("the door is shut; open it")), finds("light", "on"))
    failure = failed(toy(own, lambda: provider), "door", ConnectError)
    assert (failure.detail, failure.fix, provider.closed) == ("the door is shut", "open it", 1)


def test_an_error_that_says_not_what_to_do_gets_the_steps_advice(own: Registry) -> None:
    refused = RejectedError("refused: come in; not you", code=1, text="come in; not you")  # the semicolon is the broker's
    for error in (ConnectError("the door is shut"), refused):
        failure = failed(toy(own, lambda error=error: Checked(finds("door", error))), "door", type(error))  # type: ignore[misc]
        assert (failure.detail, failure.fix) == (str(error), "mend it")


@pytest.mark.parametrize("raised", [KeyError("x"), SystemExit(2), TimeoutError("theirs")])
def test_what_a_plugins_check_raises_otherwise_is_its_fault(own: Registry, raised: BaseException) -> None:
    failure = failed(toy(own, lambda: Checked(finds("door", raised))), "door", PluginError)
    assert type(raised).__name__ in failure.detail


def test_checks_that_are_none_are_the_plugins_fault(own: Registry) -> None:
    failure = failed(toy(own, lambda: Checked("door")), "question", PluginError)  # type: ignore[arg-type]  # that is the point
    assert failure.detail == "the application's 'toy' has 'door' among its checks, which is no Step"


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (
            NotEntitledError("no right; check the quote rights", code=2, text="no right"),
            "check the quote rights",
        ),
        (NotEntitledError("they say: no right; go", code=2, text="no right; go"), "check the rights of the account"),
        (RejectedError("they say: no", code=2, text="no"), "check the symbol, or ask again later"),
        (RejectedError("there is no file; look at the setting url", code=404, text="no file"), "look at the setting url"),
        (
            BadReplyError("half a line; it was not read"),
            "check where the settings lead, such as url, host or port; if that is right, upgrade the plugin or tell its author",
        ),
        (HandshakeError("it speaks another language; go away"), "check where the settings lead"),
        (QuotaError("used up; wait 30 s", retry_after=30), "wait 30 s"),
        (UnsupportedError("none"), "check the symbol, or ask another broker"),
    ],
)
def test_the_probe_fails_as_the_question_does(own: Registry, error: BrokerportError, fix: str) -> None:
    told = toy(own, lambda: Toy(error))
    assert failed(told, "probe", type(error)).fix == fix
    assert told.error is error


# It always ends


def test_a_check_that_waits_for_ever_is_cut_off_and_the_provider_closed(own: Registry) -> None:
    async def never() -> str:
        await asyncio.Event().wait()
        return "never"

    provider = Checked(Step("door", never, "knock"))
    failure = failed(toy(own, lambda: provider, timeout=0.05), "door", DeadlineError)
    assert (failure.detail, failure.fix) == ("no answer within 0.05 s, the time of all checks together", "knock")
    assert provider.closed == 1


def test_a_question_that_is_never_answered_says_where_the_time_went(own: Registry) -> None:
    told = toy(own, lambda: Toy(asyncio.Event().wait), timeout=1)
    assert failed(told, "probe", DeadlineError).detail.startswith("toy.ark_dynamic('US.TSLA') had 0.")


def test_a_plugin_that_hangs_while_it_is_made_holds_nobody_for_ever(own: Registry) -> None:
    let_go = threading.Event()

    def hang() -> Provider:
        let_go.wait(10)
        return Toy()

    try:
        failure = failed(toy(own, hang, timeout=0.05), "provider", DeadlineError)
    finally:
        let_go.set()
    assert "blocks brokerport's event loop" in failure.detail
    for thread in threading.enumerate():
        if thread.name == "brokerport":
            thread.join()


def test_a_provider_that_does_not_close_does_not_spoil_the_explanation(own: Registry) -> None:
    class Stuck(Toy):
        async def aclose(self) -> None:
            raise OSError("stuck")

    assert toy(own, Stuck).ok


# Wrong use, and words


def test_a_question_or_a_symbol_that_cannot_be_is_refused(own: Registry) -> None:
    for question, symbol in (("short_volumes", "HK.00700"), ("short_volume", "00700")):
        with pytest.raises(InvalidRequestError):
            own.explain("toy", question, symbol)
    with pytest.raises(InvalidRequestError, match="timeout=0 is no time to wait"):
        own.explain("toy", "ark_dynamic", "US.TSLA", timeout=0)


def test_as_text_it_is_the_chain(own: Registry) -> None:
    told = toy(own, lambda: Checked(finds("door", ConnectError("the door is shut; open it"))))
    assert str(told).splitlines()[-4:] == [
        "  unknown  market         the plugin does not say",
        "  failed   door           the door is shut",
        "                          fix: open it",
        "  skipped  probe          not tried",
    ]
    assert str(told).splitlines()[0] == "toy: ark_dynamic of US.TSLA"


def test_a_provider_without_checks_of_its_own_has_none() -> None:
    class Old(ArkProvider):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            return ArkDynamic(symbol=symbol, source=Source("old", datetime.now(UTC)))

    assert Old().checks("ark_dynamic", Symbol.parse("US.TSLA")) == ()
