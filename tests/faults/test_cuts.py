"""A stream cut at any byte: what came before it is never glued to what comes after."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from brokerport import AsyncClient, BrokerportError, Registry
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.wire.connection import Connection, Push, Reply
from brokerport_opend.wire.frame import HEADER, Decoder, Frame, encode
from brokerport_opend.wire.pushes import PUSHES
from faults.fault import Fault, Passage
from faults.proxy import Proxy, Stage
from protos import golden

ASIDE = 60  # calls that meet a cut at the same time


@frozen
class CutAt(Fault):
    """The stream ends after so many bytes of the frame."""

    whole = True

    byte: int = 0

    async def strike(self, passage: Passage, rest: bytes) -> None:
        """The bytes arrive before the end does."""
        await passage.send(rest[: self.byte])
        passage.finish()


@pytest.mark.parametrize("name", golden.PLAIN)
def test_a_golden_frame_cut_anywhere_leaves_nothing_for_the_next_connection(name: str) -> None:
    whole, protocol, body = golden.frame(name), golden.INDEX[name]["proto_id"], golden.body(name)
    for cut in range(len(whole)):
        lost, following = Connection(last_serial=7), Connection(last_serial=7)
        key, _ = lost.request(protocol, b"")
        reply = encode(Frame(protocol, key.serial, body))
        assert list(lost.receive(reply[:cut])) == []
        again, _ = following.request(protocol, b"")
        assert list(following.receive(encode(Frame(protocol, again.serial, body)))) == [_event(protocol, Reply(again, body))]


@pytest.mark.parametrize("name", golden.PLAIN)
def test_a_golden_frame_gives_the_same_events_however_it_is_chunked(name: str) -> None:
    stream = golden.frame(name) * 2
    once = list(Decoder().feed(stream))
    for cut in range(0, len(stream), 7):
        decoder = Decoder()
        assert [*decoder.feed(stream[:cut]), *decoder.feed(stream[cut : cut + 50]), *decoder.feed(stream[cut + 50 :])] == once
    byte_by_byte = Decoder()
    assert [frame for byte in stream for frame in byte_by_byte.feed(bytes([byte]))] == once


def _event(protocol: int, reply: Reply) -> Reply | Push:
    return Push(protocol, reply.body) if protocol in PUSHES else reply


async def _meets(client: AsyncClient, proxy: Proxy, fault: CutAt, stage: Stage) -> list[str]:
    """Ask while the stream is cut, then when it is whole; what went wrong, in words."""
    if stage is Stage.WAITING:
        await client.ark_dynamic("US.TSLA", timeout=3)
    proxy.arm(fault, stage)
    wrong = []
    try:
        await client.ark_dynamic("US.TSLA", timeout=3)
        wrong.append(f"{fault.byte}: an answer to half a frame")
    except BrokerportError:
        pass
    await proxy.heal()
    try:
        answer = await client.ark_dynamic("US.AAPL", timeout=3)
    except BrokerportError as error:
        wrong.append(f"{fault.byte}: after it {error!r}")
    else:
        wrong += [] if str(answer.symbol) == "US.AAPL" else [f"{fault.byte}: {answer}"]
    return wrong


@pytest.mark.timeout(20)  # some hundred connections
@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("stage", [Stage.HANDSHAKE, Stage.WAITING])
async def test_a_connection_cut_at_any_byte_of_a_reply_is_replaced(
    rsa_key: Path, stage: Stage, encrypted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wait in ("brokerport_opend.connecting.session.LONGEST", "brokerport.calls.retry.FIRST_WAIT"):
        monkeypatch.setattr(wait, 0.0)
    key = {"rsa_key": rsa_key} if encrypted else {}
    async with Sandbox(quotas=False, rsa_key=rsa_key if encrypted else None) as sandbox:
        length = await _length(sandbox, stage, key)
        room = asyncio.Semaphore(ASIDE)

        async def cut_at(byte: int) -> list[str]:
            async with room, Proxy(sandbox.port) as proxy, _client(proxy, key) as client:
                return await _meets(client, proxy, CutAt("cut", byte), stage)

        assert length > HEADER.size
        wrong = await asyncio.gather(*map(cut_at, range(length)))
    assert [each for found in wrong for each in found] == []


def _client(proxy: Proxy, key: dict[str, Any]) -> AsyncClient:
    return Registry().get_async("moomoo", port=proxy.port, quotas=False, **key)


async def _length(sandbox: Sandbox, stage: Stage, key: dict[str, Path]) -> int:
    """How long the reply is that is to be cut."""
    seen: list[int] = []

    @frozen
    class Measure(Fault):
        whole = True

        async def strike(self, passage: Passage, rest: bytes) -> None:
            seen.append(len(rest))
            await passage.send(rest)

    async with Proxy(sandbox.port) as proxy, _client(proxy, key) as client:
        proxy.arm(Measure("measure"), stage)
        await client.ark_dynamic("US.TSLA", timeout=3)
    return seen[0]
