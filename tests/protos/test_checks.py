"""OpenD's own checks, against gateways that are well, ill, deaf, or not there."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from brokerport import (
    BrokerportError,
    ConnectError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    QuotaError,
    RejectedError,
    registry,
)
from brokerport.explaining.explanation import Check, Explanation, Outcome
from brokerport_opend.checks import GLOBAL_STATE, Checks
from brokerport_opend.connecting.session import Session
from brokerport_opend.messages import global_state_pb2, short_volume_pb2
from brokerport_opend.sandbox import Sandbox
from keys import key, pem, write
from protos.conftest import NewSession, OpenGateway
from protos.gateway import answering, hangs_up, silent, welcome

OURS = ["key", "gateway reachable", "handshake", "gateway logged in", "quota left"]
MARKETS = dict.fromkeys(("marketHK", "marketUS", "marketSH", "marketSZ", "marketHKFuture"), 6)


async def about(port: int, question: str = "short_volume", **given: Any) -> Explanation:
    return await asyncio.to_thread(registry.explain, "moomoo", question, "HK.00700", port=port, **given)


def failed(told: Explanation, name: str, kind: type[BrokerportError]) -> Check:
    failure = told.first_failure
    assert failure is not None
    assert (failure.name, type(told.error)) == (name, kind)
    assert {check.outcome for check in told.checks[told.checks.index(failure) + 1 :]} <= {Outcome.SKIPPED}
    return failure


def found(told: Explanation) -> dict[str, str]:
    return {check.name: check.detail for check in told.checks}


def state(ret_type: int = 0, ret_msg: str = "", *, logged_in: bool = True) -> global_state_pb2.Response:
    s2c = {**MARKETS, "qotLogined": logged_in, "trdLogined": False, "serverVer": 1011, "serverBuildNo": 1, "time": 1}
    return global_state_pb2.Response(retType=ret_type, retMsg=ret_msg, s2c=s2c if ret_type == 0 else None)


@pytest.fixture
async def sandbox() -> AsyncIterator[Any]:
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> Sandbox:
            return await stack.enter_async_context(Sandbox(**options))

        yield start


@pytest.fixture
def nobody() -> int:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_a_gateway_that_is_well_passes_and_counts_one_request(sandbox: Any) -> None:
    there = await sandbox()
    told = await about(there.port)
    assert told.ok, str(told)
    assert [name for name in found(told) if name in OURS] == OURS
    assert found(told)["gateway reachable"] == f"127.0.0.1:{there.port}"
    assert found(told)["handshake"] == "moomoo OpenD 10.11, a sandbox, in the clear"
    assert found(told)["gateway logged in"] == "to the quote servers, as user 100000"
    assert found(told)["quota left"] == "30 of 30 in 30 s"
    assert there.quota_log.accepted == {3248: 1}


async def test_without_a_probe_nothing_is_counted(sandbox: Any) -> None:
    there = await sandbox()
    assert (await about(there.port, probe=False)).ok
    assert not there.quota_log.accepted


@pytest.mark.parametrize("question", ["ark_dynamic", "capital_distribution", "broker_ranking", "short_volume", "short_interest"])
async def test_every_question_can_be_examined_in_an_embedded_sandbox(question: str) -> None:
    told = await asyncio.to_thread(registry.explain, "futu", question, "HK.00700", sandbox=True)
    assert told.ok, str(told)


@pytest.mark.parametrize(("version", "told"), [(1005, "10.5"), (906, "9.6")])
async def test_a_gateway_that_is_too_old_for_the_question_is_told_with_the_version_that_has_it(
    version: int, told: str, gateway: OpenGateway
) -> None:
    unknown = short_volume_pb2.Response(retType=-1, retMsg="未知的协议ID")
    there = await gateway(answering({1002: state(), 3248: unknown}, welcome(serverVer=version)))
    explanation = await about(there.port)
    too_old = "too old for this question, which came with 10.6: upgrade it"
    assert found(explanation)["handshake"] == f"moomoo OpenD {told}, in the clear; {too_old}"
    failure = failed(explanation, "probe", RejectedError)
    assert failure.fix == "OpenD is too old for this question, which came with 10.6: upgrade it to 10.6 or later"


async def test_where_nobody_listens_the_gateway_is_to_be_started(nobody: int) -> None:
    failure = failed(await about(nobody), "gateway reachable", ConnectError)
    assert failure.detail.startswith(f"nobody listens at 127.0.0.1:{nobody} (")
    assert failure.fix is not None
    assert failure.fix.startswith("start moomoo OpenD, or set host and port (")


async def test_a_host_that_can_be_no_name_is_told() -> None:
    failure = failed(await about(1, host="a..b"), "gateway reachable", ConnectError)
    assert failure.detail.startswith("nobody listens at a..b:1 (")


async def test_a_gateway_that_listens_and_says_nothing_fails_the_handshake(gateway: OpenGateway) -> None:
    there = await gateway(silent)
    failure = failed(await about(there.port, timeout=1.5), "handshake", DeadlineError)
    assert failure.fix == "log in to moomoo OpenD, and give both the same RSA key or none"


async def test_its_likely_cause_is_told_when_the_handshake_itself_gives_up(gateway: OpenGateway, session: NewSession) -> None:
    impatient = session(await gateway(silent), handshake=0.05)

    async def no_key() -> None:
        return None

    async def same() -> Session:
        return impatient

    _, _, handshake, *_ = Checks("it", no_key, same).steps()
    with pytest.raises(HandshakeError, match=r"said nothing for 0\.05 s: it may not be logged in yet, be no OpenD, or want encryption"):
        await handshake.find()


async def test_what_hangs_up_is_no_gateway(gateway: OpenGateway) -> None:
    there = await gateway(hangs_up)
    assert "is it OpenD" in failed(await about(there.port), "handshake", HandshakeError).detail


@pytest.mark.parametrize("encrypted", [False, True])
async def test_another_program_at_the_port_is_told_from_a_gateway(tmp_path: Path, encrypted: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" * 2)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        told = await about(port, rsa_key=write(tmp_path) if encrypted else None)
    failure = failed(told, "handshake", ConnectError)
    assert "this one with b'HT': the other side does not speak OpenD's protocol" in failure.detail
    assert failure.fix == "another program has this port: set host and port"


async def test_a_gateway_that_refuses_says_why_in_its_own_words(gateway: OpenGateway) -> None:
    there = await gateway(answering({}, welcome(-1, "too old; go away")))
    failure = failed(await about(there.port), "handshake", HandshakeError)
    assert failure.detail.endswith("refused the connection (code -1): too old; go away")
    assert failure.fix == "log in to moomoo OpenD, and give both the same RSA key or none"


# The key


async def test_the_same_key_on_both_sides_is_encrypted(sandbox: Any, tmp_path: Path) -> None:
    file = write(tmp_path)
    told = await about((await sandbox(rsa_key=file)).port, rsa_key=file)
    assert told.ok, str(told)
    assert found(told)["handshake"] == "moomoo OpenD 10.11, a sandbox, encrypted"


async def test_a_key_that_the_gateway_has_alone_fails_the_handshake(sandbox: Any, tmp_path: Path) -> None:
    there = await sandbox(rsa_key=write(tmp_path))
    failure = failed(await about(there.port), "handshake", HandshakeError)
    assert "does it want encryption (rsa_key)?" in failure.detail


async def test_a_key_that_the_client_has_alone_fails_the_handshake(sandbox: Any, tmp_path: Path) -> None:
    there = await sandbox()
    failure = failed(await about(there.port, rsa_key=write(tmp_path)), "handshake", HandshakeError)
    assert failure.detail.endswith("it has no RSA key set, or another than rsa_key; set both to the same key, or unset both")


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
async def test_a_key_that_others_can_read_ends_it_before_any_socket_and_is_never_shown(gateway: OpenGateway, tmp_path: Path) -> None:
    there = await gateway(silent)
    file = write(tmp_path, mode=0o644)
    told = await about(there.port, rsa_key=file)
    failure = failed(told, "key", InvalidRequestError)
    assert (failure.detail, failure.fix) == (f"rsa_key: {file} can be read or changed by others (mode 644)", f"run: chmod 600 {file}")
    assert there.visits == []
    lines = pem(key()).decode().splitlines()[1:-1]
    assert not any(line in str(told) or line in repr(told) for line in lines)


async def test_a_key_that_is_not_there_says_what_to_set(nobody: int, tmp_path: Path) -> None:
    failure = failed(await about(nobody, rsa_key=tmp_path / "none.pem"), "key", InvalidRequestError)
    assert failure.fix == "set rsa_key to the file of the gateway's RSA key, or leave it out when it has none"


# The login and the quota


async def test_a_gateway_that_is_not_logged_in_is_told(gateway: OpenGateway) -> None:
    there = await gateway(answering({GLOBAL_STATE: state(logged_in=False)}))
    failure = failed(await about(there.port), "gateway logged in", ConnectError)
    assert failure.detail == f"the gateway at 127.0.0.1:{there.port} is not logged in to its quote servers"
    assert failure.fix == "log in to moomoo OpenD"


async def test_a_gateway_that_does_not_tell_its_state_is_quoted(gateway: OpenGateway) -> None:
    there = await gateway(answering({GLOBAL_STATE: state(-1, "no such protocol")}))
    failure = failed(await about(there.port), "gateway logged in", RejectedError)
    assert failure.detail.endswith("does not tell its state (code -1): no such protocol")


async def test_a_quota_that_is_used_up_says_when_it_is_free_again(sandbox: Any) -> None:
    there = await sandbox()
    async with registry.get_async("moomoo", port=there.port, share=False) as moomoo:
        await asyncio.gather(*(moomoo.short_volume("HK.00700") for _ in range(30)))
        failure = failed(await about(there.port), "quota left", QuotaError)
        assert failure.detail == "none of 30 in 30 s is left"
        assert failure.fix is not None
        assert 0 < float(failure.fix.removeprefix("wait ").removesuffix(" s")) <= 30.1
        assert found(await about(there.port, "short_interest"))["quota left"] == "30 of 30 in 30 s"
    assert there.quota_log.accepted[3248] == 30
    assert there.quota_log.refused[3248] == 0


async def test_what_is_left_of_a_quota_is_counted(sandbox: Any) -> None:
    there = await sandbox()
    async with registry.get_async("moomoo", port=there.port) as moomoo:
        for _ in range(3):
            await moomoo.short_volume("HK.00700")
        assert found(await about(there.port))["quota left"] == "27 of 30 in 30 s"


async def test_a_quota_that_is_left_to_the_gateway_is_not_counted_here(sandbox: Any) -> None:
    told = await about((await sandbox()).port, quotas=False)
    assert found(told)["quota left"] == "left to the broker (quotas = false)"


async def test_a_refusal_of_the_question_itself_is_the_probes(gateway: OpenGateway) -> None:
    refusal = global_state_pb2.Response(retType=-1, retMsg="no data; sorry")  # the same fields as every response
    there = await gateway(answering({GLOBAL_STATE: state(), 3248: refusal}))
    failure = failed(await about(there.port), "probe", RejectedError)
    assert failure.detail.endswith("the gateway refused with code -1: no data; sorry")
    assert failure.fix == "check the symbol, or ask again later"
