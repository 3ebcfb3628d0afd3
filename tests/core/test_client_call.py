"""What a provider is asked beside the questions: it has a question's deadline, retries, events and errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from brokerport import CapitalProvider, ClientClosedError, ConnectError, DeadlineError, PluginError, Provider, UnsupportedError
from core.toy import ANSWER, TSLA, Toy, asks, blocks, brokers, heard, kinds

Ask = Callable[..., Any]


@pytest.fixture(params=["blocking", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Makes a call of a new toy, by either door."""

    def blocking(*doings: Any, kind: type[Provider] = Toy, timeout: float | None = None) -> Any:
        with blocks(*doings) as client:
            return client.call("toying()", kind, _toying, timeout=timeout)

    async def awaited(*doings: Any, kind: type[Provider] = Toy, timeout: float | None = None) -> Any:
        async with asks(*doings) as client:
            return await client.call("toying()", kind, _toying, timeout=timeout)

    return blocking if request.param == "blocking" else lambda *doings, **how: asyncio.run(awaited(*doings, **how))


async def _toying(toy: Any) -> Any:
    return await toy.ark_dynamic(TSLA)


def test_the_answer_is_what_the_provider_returns(ask: Ask) -> None:
    assert ask() is ANSWER


def test_it_is_asked_again_when_that_may_help(ask: Ask) -> None:
    assert ask(ConnectError("gone")) is ANSWER


def test_it_has_a_deadline_that_names_it(ask: Ask) -> None:
    with pytest.raises(DeadlineError, match=r"toy\.toying\(\) had 0\.05 s"):
        ask(asyncio.Event().wait, timeout=0.05)


def test_a_provider_of_another_kind_is_not_asked(ask: Ask) -> None:
    with pytest.raises(UnsupportedError, match=r"toy has no toying\(\)"):
        ask(kind=CapitalProvider)


def test_an_error_that_is_none_of_ours_is_the_plugins(ask: Ask) -> None:
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        ask(ZeroDivisionError())


def test_a_closed_client_does_not_ask() -> None:
    client = blocks()
    client.close()
    with pytest.raises(ClientClosedError):
        client.call("toying()", Toy, _toying)


def test_observers_hear_of_it_by_its_name() -> None:
    registry = brokers()
    events = heard(registry)
    with registry.get("toy") as client:
        client.call("toying()", Toy, _toying)
    assert kinds(events)[:1] == ["CallStarted"]
    assert "toying()" in repr(events[0])
