"""What a plugin raises that is no Exception: wherever that is, it is named and ends there, and nothing is left running.

A real Ctrl-C is the user's, and only the main thread gets one: there KeyboardInterrupt goes on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from brokerport import (
    Account,
    ArkDynamic,
    ArkProvider,
    AsyncClient,
    Capability,
    Client,
    PluginError,
    Quota,
    Registry,
    Settings,
    Symbol,
    SyncProvider,
)
from brokerport.kit.finishing import Finishing, outcome
from core.toy import ANSWER, until

Install = Callable[..., Path]


class Own(BaseException):
    """A plugin's."""


ERRORS = [SystemExit(3), GeneratorExit("mine"), asyncio.CancelledError("mine"), Own("mine")]
CODE = [
    "SystemExit(3)",
    "GeneratorExit('mine')",
    "__import__('asyncio').CancelledError('mine')",
    "type('Own', (BaseException,), {})('mine')",
]
named = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)

PLACES = {
    "at import": "{raise_}",
    "in register_markets": "from brokerport import hookimpl\n@hookimpl\ndef register_markets(register): {raise_}",
    "in register_questions": "from brokerport import hookimpl\n@hookimpl\ndef register_questions(register): {raise_}",
    "in register_providers": "from brokerport import hookimpl\n@hookimpl\ndef register_providers(register): {raise_}",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("code", CODE)
def test_while_a_plugin_is_loaded(install: Install, place: str, code: str) -> None:
    install("acme", PLACES[place].replace("{raise_}", f"raise {code}"))
    install(
        "beside",
        "from brokerport import ArkProvider, hookimpl\n@hookimpl\ndef register_providers(register): register('beside', ArkProvider)",
    )
    own = Registry()
    for ask in (own.get, own.get_async, own.capabilities, own.get):
        with pytest.raises(PluginError, match=r"plugin 'acme' of brokerport-acme 1\.2\.3 did not load: \w+"):
            ask("acme")
    assert own.get("beside").broker == "beside"
    own.close()


def raising(error: BaseException) -> Callable[..., Any]:
    def raises(*_: Any) -> Any:
        raise error

    return raises


@named
def test_while_a_provider_is_made_or_asked_what_it_can(error: BaseException) -> None:
    own = Registry()
    own.register("makes", raising(error))
    own.register("tells", lambda _: Tells(error))
    with (
        own.get("makes") as client,
        pytest.raises(PluginError, match=f"the application's 'makes' made no provider: {type(error).__name__}"),
    ):
        client.ark_dynamic("US.TSLA")
    with pytest.raises(PluginError, match=f"told no capabilities: {type(error).__name__}"):
        own.capabilities("tells")
    with (
        own.get("tells") as client,
        pytest.raises(PluginError, match=f"could not tell what answers capital_distribution: {type(error).__name__}"),
    ):
        client.capital_distribution("US.TSLA")
    assert not own.explain("tells", "ark_dynamic", "US.TSLA").ok


class Tells(ArkProvider):
    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return ANSWER

    def capabilities(self) -> tuple[Capability, ...]:
        raise self._error

    def answering(self, question: str) -> Callable[..., Awaitable[Any]] | None:
        raise self._error


@named
def test_while_settings_are_made(error: BaseException) -> None:
    from attrs import field, frozen

    @frozen(kw_only=True)
    class Odd(Settings):
        where: str = field(factory=raising(error))

    own = Registry()
    own.register("odd", Tells, settings=Odd)
    with pytest.raises(PluginError, match=f"settings of odd cannot be made: {type(error).__name__}"):
        own.get("odd")


class Toy(ArkProvider):
    """Raises in one place, once."""

    def __init__(self, place: str, error: BaseException) -> None:
        self._errors = {place: error}

    def _at(self, place: str) -> None:
        if place in self._errors:
            raise self._errors.pop(place)

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        self._at("method")
        await asyncio.sleep(0)
        self._at("later")
        return ANSWER

    async def account(self) -> Account:
        self._at("account")
        return Account("toy", local=True)

    def limits(self, question: str) -> tuple[Quota, ...]:
        self._at("limits")
        return ()


async def by_coroutine(make: Callable[[], ArkProvider], text: str) -> None:
    async with AsyncClient(make, broker="toy") as client:
        with pytest.raises(PluginError, match=text):
            await client.ark_dynamic("US.TSLA")
        assert await client.ark_dynamic("US.TSLA") is ANSWER
        assert (client.stats().failed, client._asking._calls) == ({"PluginError": 1}, set())


async def by_thread(make: Callable[[], ArkProvider], text: str) -> None:
    with Client(make, broker="toy") as client:
        with pytest.raises(PluginError, match=text):
            client.ark_dynamic("US.TSLA")
        assert client.ark_dynamic("US.TSLA") is ANSWER
        assert (client.stats().failed, client._asking._calls) == ({"PluginError": 1}, set())


@named
@pytest.mark.parametrize("place", ["method", "later", "account", "limits"])
@pytest.mark.parametrize("asks", [by_coroutine, by_thread])
async def test_in_a_call(asks: Callable[..., Awaitable[None]], place: str, error: BaseException) -> None:
    await asks(lambda: Toy(place, error), rf"toy\.ark_dynamic\('US\.TSLA'\): the plugin raised {type(error).__name__}")


@pytest.mark.parametrize("place", ["method", "later", "account", "limits"])
async def test_what_looks_like_ctrl_c_on_brokerports_own_thread_is_the_plugins(place: str) -> None:
    await by_thread(lambda: Toy(place, KeyboardInterrupt()), "the plugin raised KeyboardInterrupt")


async def test_a_call_that_is_cancelled_is_cancelled_and_no_fault_of_the_plugins() -> None:
    async def never(_: ArkProvider) -> None:
        await asyncio.get_running_loop().create_future()

    async with AsyncClient(lambda: Toy("", SystemExit()), broker="toy") as client:
        call = asyncio.create_task(client.call("never()", ArkProvider, never))
        await until(lambda: bool(client._asking._calls))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert client.stats().cancelled == 1


@pytest.mark.parametrize("error", [*ERRORS, KeyboardInterrupt()], ids=lambda error: type(error).__name__)
def test_of_an_observer(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    own = Registry()
    own.register("toy", lambda _: Toy("", error))
    own.observe(raising(error))
    with own.get("toy") as client:
        assert client.ark_dynamic("US.TSLA") is ANSWER
        assert client.stats().observer_failures == 2
    assert "raising.<locals>.raises failed on CallStarted" in caplog.text


class Sdk(SyncProvider, ArkProvider):
    """Raises in a thread."""

    def __init__(self, error: BaseException) -> None:
        self._errors = [error, None, error]

    def _next(self) -> ArkDynamic:
        if error := self._errors.pop(0):
            raise error
        return ANSWER

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return await self.blocking(self._next)

    def close(self) -> None:
        self._next()


@pytest.mark.parametrize("error", [*ERRORS, KeyboardInterrupt(), StopIteration()], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("asks", [by_coroutine, by_thread])
async def test_of_an_sdk_in_its_threads(
    asks: Callable[..., Awaitable[None]], error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    await asks(lambda: Sdk(error), rf"the plugin raised .*{type(error).__name__}")
    assert "toy: the provider did not close and was left behind" in caplog.text


async def test_work_in_the_background_does_not_end_the_loop() -> None:
    async def quits() -> None:
        raise SystemExit(3)

    work = Finishing()
    with pytest.raises(PluginError, match="work that was begun raised SystemExit: 3"):
        await outcome(work.begin(quits()))
    work.begin(asyncio.sleep(0)).cancel()  # before it began
    await work.aclose()


def test_a_failure_that_cannot_say_what_it_is_is_named_all_the_same() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise SystemExit(3)

    own = Registry()
    own.register("mute", raising(MuteError()))
    with own.get("mute") as client, pytest.raises(PluginError, match="made no provider: MuteError, which cannot be printed"):
        client.ark_dynamic("US.TSLA")


def test_what_is_no_provider_and_cannot_be_shown_is_the_plugins_fault() -> None:
    class Unspeakable:
        def __repr__(self) -> str:
            raise SystemExit(3)

    own = Registry()
    own.register("odd", lambda _: Unspeakable())  # type: ignore[arg-type,return-value]
    with own.get("odd") as client, pytest.raises(PluginError, match="the application's 'odd' made no provider: SystemExit: 3"):
        client.ark_dynamic("US.TSLA")
