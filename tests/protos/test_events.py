"""What is told of a gateway: connections, refusals and stray replies, in order and without a word that could do harm."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from brokerport import AsyncClient, ConnectError, HandshakeError, NotEntitledError, Quota, Registry
from brokerport.events import AttemptFailed, ConnectionChanged, Event, OrphanReply, QuotaWaited, Refused
from brokerport_opend import Brand, OpenDSettings
from brokerport_opend.messages import ark_dynamic_pb2
from brokerport_opend.wire.frame import Frame, encode
from core.toy import until
from protos.conftest import OpenGateway
from protos.gateway import Gateway, Visit, answering, hangs_up, reply

ACME = Brand(name="acme", gateway="Acme OpenD", manual="https://acme.example/opend")
ARK = 3424
ANSWER = ark_dynamic_pb2.Response(retType=0, s2c={"netShares": 1})
HEALTHY = answering({ARK: ANSWER})
HEALTHY_CALL = ["CallStarted", "connecting", "ready", "CallEnded"]


@pytest.fixture
async def events() -> list[Event]:
    return []


@pytest.fixture
async def client(quiet_loop: None, events: list[Event]) -> AsyncIterator[Callable[..., AsyncClient]]:
    brokers = Registry()
    brokers.register("acme", ACME.provider, settings=OpenDSettings)
    brokers.observe(events.append)
    made: list[AsyncClient] = []

    def to(where: Gateway, **settings: Any) -> AsyncClient:
        made.append(brokers.get_async("acme", host=where.host, port=where.port, **{"quotas": False, "share": False, **settings}))
        return made[-1]

    yield to
    for each in made:
        await each.aclose()


def short(events: list[Event]) -> list[str]:
    """Their names; of a change of the connection, its new state."""
    return [each.new if isinstance(each, ConnectionChanged) else type(each).__name__ for each in events]


async def answers_once(visit: Visit) -> None:
    await visit.greet()
    visit.answer(await visit.frame(), ANSWER)
    visit.close()


async def test_the_first_call_connects_and_closing_says_so(gateway: OpenGateway, client: Any, events: list[Event]) -> None:
    there = await gateway(HEALTHY)
    asks = client(there)
    await asks.ark_dynamic("US.TSLA")
    await asks.aclose()
    assert short(events) == [*HEALTHY_CALL, "closed"]
    address = f"{there.host}:{there.port}"
    reasons = [each.reason for each in events if isinstance(each, ConnectionChanged)]
    assert reasons == [f"to {address}", f"at {address}", "by this client"]
    assert {each.broker for each in events} == {"acme"}


async def test_a_lost_connection_is_told_when_it_is_lost_and_when_it_is_back(
    gateway: OpenGateway, client: Any, events: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "brokerport")
    asks = client(await gateway(answers_once, HEALTHY))
    await asks.ark_dynamic("US.TSLA")
    await until(lambda: short(events)[-1] == "lost")  # between the calls
    await asks.ark_dynamic("US.TSLA")
    assert short(events) == [*HEALTHY_CALL, "lost", *HEALTHY_CALL]
    assert asks.stats().reconnects == 1
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_a_connection_that_breaks_under_a_call_is_told_before_the_attempt_fails(
    gateway: OpenGateway, client: Any, events: list[Event]
) -> None:
    async def breaks(visit: Visit) -> None:
        await visit.greet()
        await visit.frame()
        visit.reset()

    await client(await gateway(breaks, HEALTHY)).ark_dynamic("US.TSLA")
    first = ["CallStarted", "connecting", "ready", "lost", "AttemptFailed", "RetryScheduled"]
    assert short(events) == [*first, "connecting", "ready", "CallEnded"]


async def test_a_gateway_that_is_not_there_is_one_warning(client: Any, events: list[Event], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "brokerport")
    asks = client(Gateway(port=1), timeout=0.5)
    with pytest.raises(ConnectError):
        await asks.ark_dynamic("US.TSLA")
    told = short(events)
    assert told[:4] == ["CallStarted", "connecting", "lost", "AttemptFailed"]
    assert told.count("lost") == told.count("connecting") == told.count("AttemptFailed") > 1
    assert len(caplog.records) == 1
    assert caplog.records[0].getMessage().startswith("acme: no connection: nobody listens at 127.0.0.1:1")


async def test_a_handshake_that_fails_is_told_with_its_cause(gateway: OpenGateway, client: Any, events: list[Event]) -> None:
    with pytest.raises(HandshakeError):
        await client(await gateway(hangs_up)).ark_dynamic("US.TSLA")
    again = ["RetryScheduled", "connecting", "lost", "AttemptFailed"]
    assert short(events) == ["CallStarted", *again[1:], *again, *again, *again, "CallEnded"]
    assert [each.reason for each in events if isinstance(each, ConnectionChanged)][-1].startswith("the handshake with")


async def test_a_refusal_is_told_with_its_code_and_clean_words(gateway: OpenGateway, client: Any, events: list[Event]) -> None:
    refusal = ark_dynamic_pb2.Response(retType=-1, retMsg="no permission\x1b[2J\n" + "x" * 500)
    asks = client(await gateway(answering({ARK: refusal})))
    with pytest.raises(NotEntitledError):
        await asks.ark_dynamic("US.TSLA")
    assert short(events) == ["CallStarted", "connecting", "ready", "Refused", "AttemptFailed", "CallEnded"]
    told = next(each for each in events if isinstance(each, Refused))
    assert (told.code, told.text[:18], len(told.text), told.text.isprintable()) == (-1, "no permission [2J ", 301, True)
    assert asks.stats().refusals == 1


async def test_a_stray_reply_is_told_with_why_nobody_waits(gateway: OpenGateway, client: Any, events: list[Event]) -> None:
    async def strays(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        stray = encode(Frame(ARK, request.serial ^ 1, b"")) + reply(request, ANSWER)
        visit.send(stray + reply(request, ANSWER))

    asks = client(await gateway(strays))
    await asks.ark_dynamic("US.TSLA")
    await until(lambda: len(asks.stats().orphans) == 2)
    assert [each.reason for each in events if isinstance(each, OrphanReply)] == ["unknown", "duplicate"]
    assert asks.stats().orphans == {"unknown": 1, "duplicate": 1}


async def test_a_wait_for_the_gateways_quota_names_it(gateway: OpenGateway, client: Any, events: list[Event]) -> None:
    asks = client(await gateway(HEALTHY), quotas=True)
    calls = [asyncio.create_task(asks.ark_dynamic("US.TSLA", timeout=50)) for _ in range(61)]
    await until(lambda: asks.stats().answered == 60)
    calls[-1].cancel()
    await asyncio.wait(calls)
    wait = next(each for each in events if isinstance(each, QuotaWaited))
    assert (wait.quota, wait.call) == (Quota(60, 30.0), "acme.ark_dynamic('US.TSLA')")
    assert (asks.stats().quota_waits, asks.stats().cancelled) == (1, 1)


async def test_no_event_holds_a_body_or_a_setting(gateway: OpenGateway, client: Any, events: list[Event]) -> None:
    asks = client(await gateway(answering({ARK: ark_dynamic_pb2.Response(retType=0, s2c={"netShares": 987654321})})))
    await asks.ark_dynamic("US.TSLA")
    assert "987654321" not in repr(events)
    assert not [each for each in events if isinstance(each, AttemptFailed)]
