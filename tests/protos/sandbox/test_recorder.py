"""What passes the recorder: handed on unchanged, written without secrets, and served again."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import RejectedError, registry
from brokerport_opend import key_file
from brokerport_opend.messages import ark_dynamic_pb2, broker_ranking_pb2, global_state_pb2, init_connect_pb2
from brokerport_opend.sandbox import Sandbox, Scenario
from brokerport_opend.sandbox.__main__ import main
from brokerport_opend.sandbox.cassette import Cassette, Exchange, read
from brokerport_opend.sandbox.gateway import USER_ID
from brokerport_opend.sandbox.recorder import MOST_COUNTED, OTHERS, PLAIN_ONLY, Recorder
from brokerport_opend.sandbox.redaction import KNOWN, canonical
from brokerport_opend.sandbox.replay import Tape
from brokerport_opend.sandbox.tap import LARGEST_REQUEST, MOST_BYTES, MOST_WAITING, Tap
from brokerport_opend.wire.frame import Frame, FrameError, encode
from keys import write
from protos.sandbox.raw_client import EVENING, MESSAGES, RawClient, request

TENCENT = {"market": 1, "code": "00700"}
TESLA = {"market": 11, "code": "TSLA"}
USER, CONNECTION = 987_654_321, 6_825_683_696_684_969_514
KEY, VECTOR = "kEyKeYkEyKeYkEy1", "iVivIVivIVivIVi2"


@pytest.fixture
async def upstream() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=7, now=lambda: EVENING, quotas=False) as sandbox:
        yield sandbox


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def recorder(upstream: Sandbox, folder: Path, **options: Any) -> Recorder:
    return Recorder(f"{upstream.host}:{upstream.port}", folder, **options)


async def ask_all(port: int) -> list[Any]:
    async with registry.get_async("futu", port=port, quotas=False) as client:
        return [
            await client.ark_dynamic("US.TSLA"),
            await client.capital_distribution("HK.00700"),
            await client.broker_ranking("HK.00700", days_before=3),
            await client.short_volume("HK.00700", limit=120),  # three pages
            await client.short_interest("US.AAPL", limit=7),
            await refused(client.short_volume("HK.UNKNOWN")),
        ]


async def refused(call: Any) -> tuple[int, str]:
    with pytest.raises(RejectedError) as raised:
        await call
    return raised.value.code, raised.value.text


async def through(recorder: Recorder) -> RawClient:
    return RawClient(*await asyncio.open_connection(recorder.host, recorder.port))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def take_away(folder: Path) -> None:
    folder.rmdir()


def texts(folder: Path) -> str:
    return "".join(file.read_text("utf-8") for file in files(folder))


def protocols(folder: Path) -> list[int]:
    return [each.proto_id for each in read(folder)]


async def test_what_our_client_got_it_gets_again_without_the_gateway(upstream: Sandbox, folder: Path) -> None:
    async with recorder(upstream, folder) as between:
        recorded = await ask_all(between.port)
    assert recorded == await ask_all(upstream.port)  # nothing was changed on the way
    assert (between.written, between.left_out) == (len(files(folder)), {})
    await upstream.aclose()
    for _ in range(2):
        async with Sandbox(replay=folder) as sandbox:
            assert await ask_all(sandbox.port) == recorded


async def test_the_same_bytes_are_served_again(upstream: Sandbox, folder: Path) -> None:
    questions = [(3248, request(3248, security=TENCENT, num=50)), (3424, request(3424, security=TESLA)), (1002, request(1002, userID=USER))]
    async with recorder(upstream, folder) as between:
        client = await through(between)
        await client.ask(1001, clientVer=300, clientID="raw", packetEncAlgo=-1)
        recorded = [(await client.answer(*each)).s2c for each in questions]
        await client.close()
    async with Sandbox(replay=folder) as sandbox:
        again = await RawClient.greet(sandbox)
        replayed = [(await again.answer(*each)).s2c for each in questions]
        await again.close()
    recorded[2].ClearField("connID")
    assert replayed == recorded


async def test_a_request_that_was_not_recorded_is_refused_in_words(upstream: Sandbox, folder: Path) -> None:
    async with recorder(upstream, folder) as between, registry.get_async("futu", port=between.port) as client:
        await client.short_volume("HK.00700", limit=3)
    async with Sandbox(replay=folder) as sandbox, registry.get_async("futu", port=sandbox.port) as client:
        assert len(await client.short_volume("HK.00700", limit=3)) == 3
        for limit, symbol in ((4, "HK.00700"), (3, "US.TSLA")):
            assert await refused(client.short_volume(symbol, limit=limit)) == (
                -1,
                f"the recording has no reply to short_volume of {symbol}, asked exactly so",
            )
        raw = await RawClient.greet(sandbox)
        assert (await raw.ask(1002, userID=0)).retMsg == "the recording has no reply to global_state, asked exactly so"
        assert (await raw.answer(2001, b"")).retMsg == "the recording has no reply to protocol 2001, asked exactly so"
        assert (await raw.ask(1004, time=0)).retType == 0
        await raw.close()


async def test_what_was_asked_twice_is_answered_in_the_order_of_the_replies(upstream: Sandbox) -> None:
    question = request(3424, security=TESLA)
    replies = [ark_dynamic_pb2.Response(retType=0, retMsg=text).SerializeToString() for text in ("first", "second")]
    tape = Tape.of(Exchange(3424, question, each) for each in replies)
    assert [tape.reply(3424, question) for _ in range(4)] == [replies[0], replies[1], replies[1], replies[1]]


async def test_no_key_and_no_user_is_in_the_files(upstream: Sandbox, folder: Path) -> None:
    async with recorder(upstream, folder) as between:
        client = await through(between)
        greeting = (await client.ask(1001, clientVer=300, clientID="whose client", packetEncAlgo=-1)).s2c
        await client.ask(1002, userID=greeting.loginUserID)
        await client.close()
        await ask_all(between.port)
    written = texts(folder)
    assert protocols(folder)[:2] == [1001, 1002]
    names = ("connAESKey", "loginUserID", "clientID", "userID")
    for secret in (greeting.connAESKey, str(greeting.connID), str(USER_ID), "whose client", *names):
        assert secret not in written
        assert secret.encode().hex() not in written
    assert '"serverVer"' in written  # the rest is there


def secrets() -> list[Exchange]:
    """What a real gateway may say of an account, and fields that no list of ours names."""
    greeting = init_connect_pb2.S2C(
        serverVer=1011, loginUserID=USER, connID=CONNECTION, connAESKey=KEY, keepAliveInterval=10, aesCBCiv=VECTOR, userAttribution=6
    )
    state = global_state_pb2.S2C(
        qotLogined=True,
        programStatus={"type": "ProgramStatusType_Ready", "strExtDesc": f"user {USER}"},
        qotSvrIpAddr="192.0.2.10:443",
        trdSvrIpAddr="192.0.2.11:443",
        connID=CONNECTION,
    )
    unheard_of = b"\xfa\x3f" + bytes([len(KEY)]) + KEY.encode()
    return [
        Exchange(
            1001,
            request(1001, clientVer=300, clientID=f"of {USER}") + unheard_of,
            init_connect_pb2.Response(retType=0, retMsg=f"welcome {USER}", s2c=greeting).SerializeToString() + unheard_of,
        ),
        Exchange(1002, request(1002, userID=USER), global_state_pb2.Response(retType=0, s2c=state).SerializePartialToString() + unheard_of),
    ]


def test_every_secret_field_of_a_real_gateway_is_left_out(folder: Path) -> None:
    cassette = Cassette.new(folder)
    for each in secrets():
        assert cassette.write(each.proto_id, each.request, each.reply, unknown=False)
    written = texts(folder)
    told = b"".join(each.request + each.reply for each in read(folder))
    for secret in (str(USER), str(CONNECTION), KEY, VECTOR, "192.0.2.1", "userAttribution"):
        assert secret not in written
        assert secret.encode() not in told
    for number in (USER, CONNECTION):
        assert request(1002, userID=number)[3:] not in told
    assert json.loads(files(folder)[0].read_text("utf-8")) == {
        "format": 1,
        "protocol": 1001,
        "request": {"c2s": {"clientVer": 300}},
        "reply": {"retType": 0, "s2c": {"serverVer": 1011, "keepAliveInterval": 10}},
    }


def test_requests_of_another_account_or_client_are_the_same_request() -> None:
    assert canonical(1002, request(1002, userID=USER)) == canonical(1002, request(1002, userID=0))
    assert canonical(3248, request(3248, security=TENCENT)) != canonical(3248, request(3248, security=TESLA))
    assert canonical(9999, b"any") == b"any"


@pytest.mark.parametrize("unknown", [False, True])
async def test_unknown_protocols_are_handed_on_and_written_only_when_told_to(
    upstream: Sandbox, folder: Path, unknown: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with recorder(upstream, folder, unknown=unknown) as between:
        client = await through(between)
        await client.ask(1001, clientVer=300, clientID="", packetEncAlgo=-1)
        for _ in range(2):
            assert (await client.answer(2001, b"an order")).retMsg == "the sandbox does not know protocol 2001"
        await client.close()
    assert (b"an order".hex() in texts(folder)) is unknown
    assert between.left_out == ({} if unknown else {2001: 2})
    assert caplog.text.count("protocol 2001 is handed on and not written") == (0 if unknown else 1)
    if unknown:
        async with Sandbox(replay=folder) as sandbox:
            again = await RawClient.greet(sandbox)
            assert (await again.answer(2001, b"an order")).retMsg == "the sandbox does not know protocol 2001"
            await again.close()


def test_what_cannot_be_read_is_not_written(folder: Path) -> None:
    cassette = Cassette.new(folder)
    assert not cassette.write(1001, b"\xff", b"", unknown=True)
    assert not cassette.write(1001, b"", b"\xff", unknown=True)
    assert files(folder) == []


def exchanged(folder: Path, reply: bytes) -> Exchange:
    Cassette.new(folder).write(3247, request(3247, security=TENCENT), reply, unknown=False)
    (exchange,) = read(folder)
    return exchange


@pytest.mark.parametrize(
    "more",
    [b"\xfa\x3f\x01x", b"\x22\x02\x20\x63", b"\x12\x02\xff\xfe"],
    ids=["a field that we do not know", "a number of an enum that we do not know", "no UTF-8"],
)
def test_nothing_of_a_reply_is_lost(folder: Path, more: bytes) -> None:
    reply = broker_ranking_pb2.Response(retType=0).SerializeToString() + more
    assert broker_ranking_pb2.Response.FromString(exchanged(folder, reply).reply) == broker_ranking_pb2.Response.FromString(reply)


@given(st.floats(), st.integers(-(2**63), 2**63 - 1), st.text(st.characters(exclude_categories=["Cs"])))
def test_numbers_and_texts_are_kept_exactly(tmp_path_factory: pytest.TempPathFactory, price: float, volume: int, name: str) -> None:
    item = broker_ranking_pb2.BrokerItem(brokerName=name, avgPrice=price, netVol=volume)
    reply = broker_ranking_pb2.Response(retType=0, s2c=broker_ranking_pb2.S2C(isRealTime=True, brokerList=[item])).SerializeToString()
    assert exchanged(tmp_path_factory.mktemp("kept") / "out", reply).reply == reply


async def test_files_are_whole_and_for_their_owner_alone(upstream: Sandbox, folder: Path) -> None:
    async with recorder(upstream, folder) as between:
        await ask_all(between.port)
    assert mode(folder) == 0o700
    assert {mode(file) for file in files(folder)} == {0o600}
    assert [file.name for file in files(folder)][:2] == ["000001-1001.json", "000002-3424.json"]


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    Recorder("127.0.0.1:1", tmp_path)
    assert files(tmp_path) == []


def test_only_a_new_or_an_empty_folder_is_recorded_into(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    for path, words in [
        (tmp_path, "is not empty; name a new folder, or an empty one"),
        (tmp_path / "link", "is a symbolic link; name the folder itself"),
        (tmp_path / "file", "cannot be recorded into"),
        (tmp_path / "no" / "such", "cannot be recorded into"),
    ]:
        with pytest.raises(ValueError, match=f"record: {path} {words}"):
            Recorder("127.0.0.1:1", path)


@pytest.mark.parametrize("upstream", ["", "127.0.0.1", "127.0.0.1:", ":11111", "localhost:x", "localhost:65536"])
def test_upstream_is_host_and_port(upstream: str, folder: Path) -> None:
    with pytest.raises(ValueError, match="it takes HOST:PORT"):
        Recorder(upstream, folder)
    assert not folder.exists()


def test_the_recorder_listens_on_the_loopback_interface_only(folder: Path) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Recorder("127.0.0.1:1", folder, host="0.0.0.0")
    assert not folder.exists()


# Bounds


def ask(number: int, size: int = 0) -> bytes:
    return encode(Frame(3424, number, bytes(size)))


def test_requests_without_a_reply_do_not_pile_up_and_the_newest_are_waited_for() -> None:
    recorded: list[tuple[int, bytes, bytes]] = []
    forgotten: list[int] = []
    tap = Tap(lambda *told: recorded.append(told), forgotten.append)
    for number in range(MOST_WAITING + 500):
        tap.sent(ask(number, 1))
    assert (len(tap._waiting), tap._bytes, forgotten) == (MOST_WAITING, MOST_WAITING, [3424] * 500)
    for number in (0, 499, 500, MOST_WAITING + 499):
        tap.received(encode(Frame(3424, number, str(number).encode())))
    assert recorded == [(3424, b"\0", b"500"), (3424, b"\0", str(MOST_WAITING + 499).encode())]


def test_what_waits_has_its_most_bytes_however_few_the_requests_are() -> None:
    forgotten: list[int] = []
    tap = Tap(lambda *_: None, forgotten.append)
    for number in range(20):
        tap.sent(ask(number, LARGEST_REQUEST))
        tap.sent(ask(7, 100))  # again and again by one serial: it counts once
    assert tap._bytes <= MOST_BYTES
    assert sum(map(len, tap._waiting.values())) == tap._bytes
    assert len(forgotten) == 20 - MOST_BYTES // LARGEST_REQUEST
    with pytest.raises(FrameError, match="announces a body of"):
        tap.sent(ask(1, LARGEST_REQUEST + 1))


async def test_what_is_forgotten_is_told_once_and_counted(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder("127.0.0.1:1", folder)
    for proto_id in [3424] * 5 + list(range(5000)):
        recorder._forget(proto_id)
    assert recorder.left_out[3424] == 6
    assert recorder.left_out.total() == 5005
    assert len(recorder.left_out) == MOST_COUNTED + 1
    assert recorder.left_out[OTHERS] == 5000 - MOST_COUNTED
    assert caplog.messages[0].startswith("recording: protocol 3424 is handed on and not written: too many requests have no reply")
    assert len(caplog.messages) == 10


@pytest.mark.skipif(os.name != "posix", reason="access lists are not looked at")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o720, 0o1777])
def test_a_folder_that_others_can_write_is_refused(mode: int, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(ValueError, match=rf"^record: {folder} can be written by others \(mode {mode:03o}\); run: chmod 700 {folder}$"):
        Recorder("127.0.0.1:1", folder)
    folder.chmod(0o755)
    assert Recorder("127.0.0.1:1", folder).folder == folder


@pytest.mark.skipif(os.name != "posix", reason="access lists are not looked at")
def test_a_folder_that_others_can_put_another_in_the_place_of_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open" / "mine").mkdir(parents=True)
    (tmp_path / "open").chmod(0o777)
    for folder in (tmp_path / "open" / "out", tmp_path / "open" / "mine" / "out"):
        with pytest.raises(ValueError, match=rf"is in {tmp_path / 'open'}, where everybody can put another folder in its place"):
            Recorder("127.0.0.1:1", folder)
    (tmp_path / "open").chmod(0o1777)  # as /tmp: only who owns a folder there can move it
    Recorder("127.0.0.1:1", tmp_path / "open" / "mine" / "out")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(ValueError, match="belongs to another user; name a folder of your own"):
        Recorder("127.0.0.1:1", folder)


@pytest.fixture
def recorded(folder: Path) -> Path:
    """The one file of a recording."""
    Cassette.new(folder).write(3424, request(3424, security=TESLA), ark_dynamic_pb2.Response(retType=0).SerializeToString(), unknown=False)
    (file,) = files(folder)
    return file


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"format": 1', '"format": 2', "it is of format 2, known is 1"),
        ('"protocol": 3424', '"protocol": "?"', "protocol = '\\?' must be a whole number"),
        ('"request"', '"question"', "KeyError: 'request'"),
        ('"retType": 0', '"retType": "x"', "retType"),
        ('"retType"', '"whatever"', "whatever"),
        ('"retType": 0', "[[[", "line "),
        ('"code": "TSLA"', '"code": 7', "code"),
        ('"protocol": 3424', '"protocol": 1e999', "line 3: '1e999' cannot be counted with"),
        ('"protocol": 3424', f'"protocol": {"1" * 5000}', "line 3: '1+… cannot be counted with"),
        ('"protocol": 3424', '"protocol": 1e300', "protocol = 1e\\+300 must be a whole number from 0"),
        ('"protocol": 3424', '"protocol": -1', "protocol = -1 must be a whole number from 0"),
        ('"retType": 0', '"retType": -1e999', "line 13: '-1e999' cannot be counted with"),
        ('"retType": 0', '"retType": 1e300', "retType"),
        ('"retType": 0', '"retType": NaN', "line 13: 'NaN' cannot be counted with"),
        ('"retType": 0', '"retType": "1e999"', "retType"),
        ('"format": 1', '"format": ' + '{"a":' * 100_000, "line 2: tables or lists are more than 32 deep"),
        ('"code": "TSLA"', '"code": "\0"', "Invalid control character"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(recorded: Path, old: str, new: str, words: str) -> None:
    text = recorded.read_text("utf-8")
    assert old in text
    recorded.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ValueError, match=f"replay: {recorded} is damaged, or no recording: .*{words}.*; record it again"):
        Sandbox(replay=recorded.parent)


def test_a_file_that_is_cut_anywhere_is_named(recorded: Path) -> None:
    data = recorded.read_bytes()
    for length in range(len(data.rstrip())):
        recorded.write_bytes(data[:length])
        with pytest.raises(ValueError, match=recorded.name):
            read(recorded.parent)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_what_is_no_plain_file_is_passed_over(recorded: Path) -> None:
    os.mkfifo(recorded.with_name("pipe.json"))
    recorded.with_name("folder.json").mkdir()
    assert len(read(recorded.parent)) == 1


def test_what_a_scenario_gives_is_refused_beside_a_recording_and_its_faults_are_not(recorded: Path) -> None:
    for scenario in ("unknown = ['US.GONE']", "[[ark_dynamic]]\nsymbol = 'US.TSLA'"):
        with pytest.raises(ValueError, match=r"^replay answers from the recording alone: leave given answers and unknown symbols out"):
            Sandbox(replay=recorded.parent, scenario=Scenario.parse(scenario))
    assert len(Sandbox(replay=recorded.parent, scenario=Scenario.parse("[[faults]]\nkind = 'drop'")).faults) == 1


NO_RECORDINGS = [b"[]", b"7", b"[" * 100_000, b"\xff\xfe", b'{"format": 1, "protocol": 3424, "request": "xyz", "reply": ""}']


@pytest.mark.parametrize("content", NO_RECORDINGS, ids=["list", "number", "depths", "no UTF-8", "no digits"])
def test_a_file_of_anything_else_is_named(recorded: Path, content: bytes) -> None:
    recorded.write_bytes(content)
    with pytest.raises(ValueError, match=recorded.name):
        read(recorded.parent)


def test_a_folder_without_a_recording_is_said_so(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ValueError, match=f"replay: {folder} holds no recording"):
            Sandbox(replay=folder)
    with pytest.raises(ValueError, match="replay: ~nobody-of-this-name/x is in a home folder that nobody knows"):
        Sandbox(replay="~nobody-of-this-name/x")


async def test_a_write_that_never_ended_is_not_a_part_of_the_recording(recorded: Path) -> None:
    recorded.with_name("000002-3424.partial").write_text("{", "utf-8")
    assert len(read(recorded.parent)) == 1


async def test_encrypted_connections_are_refused_in_words(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key = write(tmp_path)
    async with Sandbox(rsa_key=key) as upstream, recorder(upstream, folder) as between:
        client = await through(between)
        client.cipher = key_file.read(key)
        client.send(1001, request(1001, clientVer=300, clientID="", packetEncAlgo=2))
        assert await client.hung_up()
        await client.close()
    assert PLAIN_ONLY in caplog.text
    assert files(folder) == []


async def test_a_gateway_that_is_not_there_is_said_so(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and nobody listens
        port = nobody.getsockname()[1]
        async with Recorder(f"127.0.0.1:{port}", folder) as between:
            client = await through(between)
            assert await client.hung_up()
            await client.close()
    assert f"the gateway at 127.0.0.1:{port} does not answer" in caplog.text


async def test_a_disk_that_takes_nothing_ends_the_connection_and_is_said(
    upstream: Sandbox, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with recorder(upstream, folder) as between:
        take_away(folder)
        client = await through(between)
        await client.ask(1001, clientVer=300, clientID="", packetEncAlgo=-1)
        assert await client.hung_up()
        await client.close()
    assert "cannot be recorded" in caplog.text
    assert [each.levelno for each in caplog.records if "cannot be recorded" in each.message] == [logging.ERROR]


async def test_when_one_side_leaves_the_other_is_left_too(upstream: Sandbox, folder: Path) -> None:
    async with recorder(upstream, folder) as between:
        client = await through(between)
        await client.ask(1001, clientVer=300, clientID="", packetEncAlgo=-1)
        await upstream.aclose()
        assert await client.hung_up()
        await client.close()


async def test_closing_hangs_up_on_everyone_and_leaves_nothing(upstream: Sandbox, folder: Path) -> None:
    async with recorder(upstream, folder) as between:
        clients = [await through(between) for _ in range(3)]
        await clients[0].ask(1001, clientVer=300, clientID="", packetEncAlgo=-1)
    for client in clients:
        assert await client.hung_up()
        await client.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with pytest.raises(ConnectionRefusedError):
        await through(between)


@pytest.mark.parametrize("turns", range(8))
async def test_closing_while_clients_arrive_leaves_nothing(turns: int, upstream: Sandbox, folder: Path) -> None:
    async with recorder(upstream, folder) as between:
        sockets = [socket.create_connection((between.host, between.port)) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
    await upstream.aclose()  # to which it may have been connecting
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for sock in sockets:
        sock.close()
    gc.collect()  # an unclosed socket warns now, and a warning fails


@pytest.mark.parametrize("gateway_leaves", [False, True])
async def test_who_does_not_read_does_not_keep_it_from_closing(upstream: Sandbox, folder: Path, gateway_leaves: bool) -> None:
    async with recorder(upstream, folder) as between:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (between.host, between.port))
        greeting = encode(Frame(1001, 1, request(1001, clientVer=300, clientID="", packetEncAlgo=-1)))
        questions = [encode(Frame(3248, serial, request(3248, security=TENCENT, num=50))) for serial in range(1000)]
        await asyncio.get_running_loop().sock_sendall(sock, greeting + b"".join(questions))
        while between.written < 200:  # noqa: ASYNC110  # replies that the client does not read; it has no event to tell by
            await asyncio.sleep(0)
        if gateway_leaves:
            await upstream.aclose()
    sock.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


def program(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-m", "brokerport_opend.sandbox", "--port", "0", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def greeting(running: subprocess.Popen[str]) -> str:
    assert running.stderr
    return running.stderr.readline()


def port(said: str) -> int:
    return int(said.split(";", maxsplit=1)[0].rpartition(":")[2])


def ended(running: subprocess.Popen[str]) -> str:
    """What it said before it ended in peace."""
    running.send_signal(signal.SIGTERM)
    _, errors = running.communicate(timeout=10)
    assert running.returncode == 0, errors
    return errors


@pytest.mark.timeout(30)
@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_the_program_records_and_replays(folder: Path) -> None:
    upstream = Sandbox(seed=7, now=lambda: EVENING)
    with upstream, program("--record", str(folder), "--upstream", f"127.0.0.1:{upstream.port}") as between:
        said = greeting(between)
        assert said.endswith(f"; it hands on to 127.0.0.1:{upstream.port} and writes into {folder}\n")
        with registry.get("moomoo", port=port(said)) as moomoo:
            recorded = moomoo.short_volume("HK.00700", limit=3)
        assert ended(between) == f"{len(files(folder))} replies written, 0 left out\n"
    with program("--replay", str(folder)) as again:
        said = greeting(again)
        assert said.endswith(f"; it replays {folder}\n")
        with registry.get("moomoo", port=port(said)) as moomoo:
            assert moomoo.short_volume("HK.00700", limit=3) == recorded
        assert ended(again) == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--record", "out"], "--record takes --upstream too"),
        (["--upstream", "127.0.0.1:1"], "go with --record"),
        (["--record-unknown"], "go with --record"),
        (["--record", "out", "--upstream", "127.0.0.1:1", "--seed", "7"], "own options, and seed was given"),
        (["--record", "out", "--upstream", "nowhere"], "it takes HOST:PORT"),
        (["--replay", "out"], "holds no recording"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert words in capsys.readouterr().err
    assert files(tmp_path) == []


def test_the_messages_of_all_protocols_that_the_sandbox_speaks_are_known() -> None:
    assert KNOWN.keys() | {1004} == MESSAGES.keys()
