"""An encrypted connection, and everything that may be met with instead of one."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from brokerport import BadReplyError, BrokerportError, ConnectionLostError, HandshakeError, registry
from brokerport_opend.connecting.dial import Patience
from brokerport_opend.connecting.session import Session
from brokerport_opend.messages import init_connect_pb2, keep_alive_pb2
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.wire import rsa
from brokerport_opend.wire.aes import Cbc, TailedEcb
from brokerport_opend.wire.cipher import Cipher
from brokerport_opend.wire.connection import Push
from brokerport_opend.wire.frame import Frame, encode
from brokerport_opend.wire.pushes import NOTIFY
from keys import key, pem, write
from protos.conftest import OpenGateway
from protos.gateway import INIT_CONNECT, KEEP_ALIVE, Gateway, Script, Visit, answering, hangs_up, reply, welcome

ARK = 3424
RSA = rsa.Rsa(key())
OTHER = rsa.Rsa(key(which=1))
SECRET, VECTOR = "0123456789abcdef", "fedcba9876543210"
CBC = Cbc(SECRET.encode(), VECTOR.encode())
ECB = TailedEcb(SECRET.encode())
HALF = {"handshake": 0.05}  # seconds of patience, where silence is waited out

NewSession = Callable[..., Session]


@pytest.fixture
async def session(quiet_loop: None) -> Any:
    made: list[Session] = []

    def to(where: Gateway, key: rsa.Rsa | None = RSA, **patience: float) -> Session:
        made.append(Session(where.host, where.port, "start it", Patience(**patience), key))
        return made[-1]

    yield to
    for each in made:
        await each.aclose()


def echo(request: Frame) -> keep_alive_pb2.Response:
    return keep_alive_pb2.Response(retType=0, retMsg=request.body.decode(), s2c={"time": 1})


def echoed(body: bytes) -> str:
    return keep_alive_pb2.Response.FromString(body).retMsg


async def greet(visit: Visit, message: init_connect_pb2.Response, cipher: Cipher = CBC) -> None:
    """Shake hands as a gateway with the key does."""
    visit.cipher = RSA
    visit.answer(await visit.frame(), message)
    visit.cipher = cipher


def encrypting(message: init_connect_pb2.Response, cipher: Cipher) -> Script:
    async def script(visit: Visit) -> None:
        await greet(visit, message, cipher)
        await visit.serve({ARK: echo, KEEP_ALIVE: keep_alive_pb2.Response(retType=0, s2c={"time": 1})})

    return script


WITH_VECTOR = welcome(connAESKey=SECRET, aesCBCiv=VECTOR)
WITHOUT = welcome(connAESKey=SECRET)
ECHO = encrypting(WITH_VECTOR, CBC)


# with the same key


@pytest.mark.parametrize(("message", "cipher"), [(WITH_VECTOR, CBC), (WITHOUT, ECB)])
async def test_the_vector_in_the_reply_decides_between_the_two_ciphers(
    message: init_connect_pb2.Response, cipher: Cipher, gateway: OpenGateway, session: NewSession
) -> None:
    there = await gateway(encrypting(message, cipher))
    asks = session(there)
    assert echoed(await asks.request(ARK, b"question")) == "question"
    hello, question = there.visits[0].heard
    assert init_connect_pb2.Request.FromString(hello.body).c2s.packetEncAlgo == 2
    assert (question.proto_id, question.body, question.serial) == (ARK, b"question", hello.serial + 1)


async def test_keep_alives_are_encrypted(gateway: OpenGateway, session: NewSession) -> None:
    there = await gateway(ECHO)
    asks = session(there)
    await asks.ready()
    assert asks._live is not None
    asks._live.link._send_keep_alive(30.0)
    assert echoed(await asks.request(ARK, b"after it")) == "after it"
    assert keep_alive_pb2.Request.FromString(there.visits[0].heard[1].body).c2s.time > 0


async def test_what_comes_with_the_handshakes_last_byte_is_encrypted_already(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        visit.cipher = RSA
        hello = await visit.frame()
        pushes = encode(Frame(NOTIFY, 0, b"first"), CBC) + encode(Frame(NOTIFY, 0, b"second"), CBC)
        visit.send(reply(hello, WITH_VECTOR, RSA) + pushes)
        visit.cipher = CBC
        await visit.serve({ARK: echo})

    heard: list[Push] = []
    asks = session(await gateway(script))
    asks.listen(heard.append)
    assert echoed(await asks.request(ARK, b"question")) == "question"
    assert heard == [Push(NOTIFY, b"first"), Push(NOTIFY, b"second")]


async def test_bytes_may_come_one_by_one(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        visit.cipher = RSA
        hello = await visit.frame()
        await visit.drip(reply(hello, WITH_VECTOR, RSA))
        visit.cipher = CBC
        question = await visit.frame()
        await visit.drip(encode(Frame(NOTIFY, 0, b"push"), CBC) + reply(question, echo(question), CBC))

    assert echoed(await session(await gateway(script)).request(ARK, b"question")) == "question"


async def test_a_handshake_longer_than_a_block_is_read(gateway: OpenGateway, session: NewSession) -> None:
    message = welcome(ret_msg="x" * 300, connAESKey=SECRET, aesCBCiv=VECTOR)
    assert echoed(await session(await gateway(encrypting(message, CBC))).request(ARK, b"long")) == "long"


async def test_every_connection_begins_with_the_key_and_has_ciphers_of_its_own(gateway: OpenGateway, session: NewSession) -> None:
    async def once(visit: Visit) -> None:
        await greet(visit, WITH_VECTOR)
        question = await visit.frame()
        visit.answer(question, echo(question))
        visit.close()

    second = welcome(connAESKey="another key's 16", aesCBCiv=VECTOR)
    asks = session(await gateway(once, encrypting(second, Cbc(b"another key's 16", VECTOR.encode()))))
    assert echoed(await asks.request(ARK, b"first")) == "first"
    assert asks._live is not None
    await asks._live.link.wait_closed()
    assert echoed(await asks.request(ARK, b"second")) == "second"


async def test_two_sessions_share_nothing(gateway: OpenGateway, session: NewSession) -> None:
    plain = answering({ARK: echo})
    first, second, third = (
        session(await gateway(ECHO)),
        session(await gateway(encrypting(WITHOUT, ECB))),
        session(await gateway(plain), None),
    )
    bodies = await asyncio.gather(*(asks.request(ARK, b"%d" % number) for number in range(20) for asks in (first, second, third)))
    assert [echoed(body) for body in bodies] == [str(number) for number in range(20) for _ in range(3)]


async def test_a_frame_in_the_clear_after_the_handshake_ends_the_connection(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        await greet(visit, WITH_VECTOR)
        question = await visit.frame()
        visit.send(reply(question, echo(question)))
        await visit.gone()

    asks = session(await gateway(script, ECHO))
    with pytest.raises(BadReplyError, match="sent what is no frame of OpenD's: a body came that cannot be decrypted"):
        await asks.request(ARK, b"question")
    assert echoed(await asks.request(ARK, b"again")) == "again"


async def test_another_aes_key_than_the_one_told_ends_the_connection(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(_replies_in(Cbc(b"another key's 16", VECTOR.encode())), ECHO))
    with pytest.raises(BadReplyError, match="no frame of OpenD's"):
        await asks.request(ARK, b"question")
    assert echoed(await asks.request(ARK, b"again")) == "again"


def _replies_in(cipher: Cipher) -> Script:
    async def script(visit: Visit) -> None:
        await greet(visit, WITH_VECTOR)
        question = await visit.frame()
        visit.send(reply(question, echo(question), cipher))
        await visit.gone()

    return script


async def test_an_encrypted_refusal_is_told_in_the_gateways_words(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(encrypting(init_connect_pb2.Response(retType=-1, retMsg="too many connections"), CBC)))
    with pytest.raises(HandshakeError, match=r"refused the connection \(code -1\): too many connections"):
        await asks.ready()


@pytest.mark.parametrize(
    "told",
    [
        {"connAESKey": ""},
        {"connAESKey": SECRET[1:]},
        {"connAESKey": SECRET * 2},
        {"connAESKey": "é" * 16},
        {"connAESKey": SECRET, "aesCBCiv": ""},
        {"connAESKey": SECRET, "aesCBCiv": VECTOR + "0"},
    ],
)
async def test_an_aes_key_or_vector_of_another_length_is_no_handshake(
    told: dict[str, Any], gateway: OpenGateway, session: NewSession
) -> None:
    asks = session(await gateway(encrypting(welcome(**told), CBC), ECHO))
    with pytest.raises(HandshakeError) as caught:
        await asks.ready()
    assert str(caught.value) == f"the gateway at {asks.address} told an AES key or initialization vector that is not 16 bytes long"
    assert echoed(await asks.request(ARK, b"again")) == "again"


async def test_keys_are_counted_in_bytes(gateway: OpenGateway, session: NewSession) -> None:
    asks = session(await gateway(encrypting(welcome(connAESKey="é" * 8), TailedEcb(("é" * 8).encode()))))
    assert echoed(await asks.request(ARK, b"question")) == "question"


async def test_a_handshake_that_is_no_message_is_told(gateway: OpenGateway, session: NewSession) -> None:
    async def script(visit: Visit) -> None:
        visit.cipher = RSA
        hello = await visit.frame()
        visit.send(encode(Frame(INIT_CONNECT, hello.serial, b"\xff\xff"), RSA))
        await visit.gone()

    with pytest.raises(HandshakeError, match=r"no brokerport_opend\.init_connect\.Response") as caught:
        await session(await gateway(script)).ready()
    assert isinstance(caught.value.__cause__, BadReplyError)


# with another key than the gateway's, or against a gateway without


async def deaf(visit: Visit) -> None:
    """Understand nothing, and wait until the client goes."""
    with suppress(ConnectionError):
        while await visit._reader.read(2**16):
            pass


async def resets(visit: Visit) -> None:
    visit.reset()


def sends(data: Callable[[int], bytes]) -> Script:
    """Send what ``data`` makes of the client's serial, which stands in the clear."""

    async def script(visit: Visit) -> None:
        header = await visit._reader.readexactly(44)
        visit.send(data(int.from_bytes(header[8:12], "little")))
        await deaf(visit)

    return script


def as_init(body: bytes, cipher: Cipher | None = None) -> Callable[[int], bytes]:
    return lambda serial: encode(Frame(INIT_CONNECT, serial, body), *([cipher] if cipher else []))


WELCOME = WITH_VECTOR.SerializeToString()

NOT_OURS: dict[str, tuple[Script, type[Exception]]] = {
    "closes": (hangs_up, ConnectionLostError),
    "resets": (resets, ConnectionLostError),
    "says nothing": (deaf, TimeoutError),
    "answers in the clear": (sends(as_init(WELCOME)), BadReplyError),
    "answers in the clear with as many bytes as a block has": (sends(as_init(WELCOME.ljust(128, b"\0"))), BadReplyError),
    "refuses in the clear": (sends(as_init(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x02no")), BadReplyError),
    "has another key": (sends(as_init(WELCOME, OTHER)), BadReplyError),
    "has a key of another size": (sends(as_init(WELCOME, rsa.Rsa(key(2048)))), BadReplyError),
    "answers in AES": (sends(as_init(WELCOME, CBC)), BadReplyError),
    "answers nothing": (sends(as_init(b"", ECB)), BadReplyError),
    "is no OpenD": (sends(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n"), BadReplyError),
    "answers noise": (sends(lambda _: b"\xff" * 300), BadReplyError),
}


@pytest.mark.parametrize("name", NOT_OURS)
async def test_whatever_a_gateway_does_that_cannot_read_us_is_told_in_one_text(
    name: str, gateway: OpenGateway, session: NewSession
) -> None:
    script, cause = NOT_OURS[name]
    there = await gateway(script)
    asks = session(there, **HALF)
    with pytest.raises(HandshakeError) as caught:
        await asks.request(ARK, b"question")
    assert str(caught.value) == one_text(asks.address)
    assert type(caught.value.__cause__) is cause
    assert not caught.value.retryable
    assert len(there.visits) == 1  # and no second try without encryption


def one_text(address: str) -> str:
    why = "it has no RSA key set, or another than rsa_key; set both to the same key, or unset both"
    return f"the gateway at {address} did not answer the encrypted handshake: {why}"


async def test_nothing_is_sent_in_the_clear(gateway: OpenGateway, session: NewSession) -> None:
    received = bytearray()

    async def script(visit: Visit) -> None:
        received.extend(await visit._reader.read(2**16))
        await deaf(visit)

    with pytest.raises(HandshakeError):
        await session(await gateway(script), **HALF).request(ARK, b"question")
    assert len(received) == 44 + 128
    assert b"brokerport" not in received
    assert b"Python" not in received


# client by gateway


@frozen
class Meeting:
    """A client's key and a gateway's, and what comes of it; None is no key."""

    ours: int | None
    theirs: int | None
    fails: str | None = None

    def __str__(self) -> str:
        return f"{self.ours} meets {self.theirs}"


UNREADABLE = "did not answer the encrypted handshake: it has no RSA key set, or another than rsa_key"
HINT = r"closed by the gateway; is it OpenD, and does it want encryption \(rsa_key\)\?"
MEETINGS = [
    Meeting(None, None),
    Meeting(0, 0),
    Meeting(None, 0, HINT),
    Meeting(0, None, UNREADABLE),
    Meeting(1, 0, UNREADABLE),
    Meeting(0, 1, UNREADABLE),
]


def key_of(which: int | None, folder: Path) -> Path | None:
    return None if which is None else write(folder, pem(key(which=which)), name=f"{which}.pem")


@pytest.mark.parametrize("meeting", MEETINGS, ids=str)
@pytest.mark.parametrize("blocking", [True, False])
async def test_a_client_meets_a_gateway(meeting: Meeting, blocking: bool, tmp_path: Path) -> None:
    async with Sandbox(rsa_key=key_of(meeting.theirs, tmp_path)) as sandbox:
        settings: dict[str, Any] = {"port": sandbox.port, "rsa_key": key_of(meeting.ours, tmp_path)}
        ask = _ask_blocking if blocking else _ask
        if meeting.fails is None:
            assert (await ask(settings)).source.sandbox
        else:
            with pytest.raises(HandshakeError, match=meeting.fails):
                await ask(settings)


async def _ask(settings: dict[str, Any]) -> Any:
    async with registry.get_async("futu", **settings) as futu:
        return await futu.capital_distribution("HK.00700")


async def _ask_blocking(settings: dict[str, Any]) -> Any:
    def ask() -> Any:
        with registry.get("moomoo", **settings) as moomoo:
            return moomoo.capital_distribution("HK.00700")

    return await asyncio.to_thread(ask)


async def test_the_embedded_sandbox_has_the_clients_key(tmp_path: Path) -> None:
    async with registry.get_async("futu", sandbox=True, rsa_key=write(tmp_path)) as futu:
        assert len(await futu.short_volume("HK.00700", limit=60)) == 60
        provider: Any = futu._asking._provider
        assert type(provider._session._live.link.connection.cipher) is Cbc


@pytest.mark.parametrize("bits", [2048, pytest.param(4096, marks=pytest.mark.timeout(30))])  # it may wait for its primes
async def test_larger_keys_are_spoken_by_both_ends(bits: int, tmp_path: Path) -> None:
    path = write(tmp_path, pem(key(bits)))
    async with registry.get_async("futu", sandbox=True, rsa_key=path) as futu:
        assert (await futu.ark_dynamic("US.TSLA")).source.sandbox


# what is never shown, and never loaded


async def test_no_key_is_in_a_log_a_traceback_or_a_repr(
    gateway: OpenGateway, session: NewSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    for script in (
        ECHO,
        encrypting(welcome(connAESKey=SECRET, aesCBCiv=VECTOR[1:]), CBC),
        _replies_in(ECB),
        NOT_OURS["has another key"][0],
    ):
        asks = session(await gateway(script))
        try:
            await asks.request(ARK, b"question")
        except BrokerportError as error:
            texts += traceback.format_exception(error)
        texts += [repr(asks), str(asks), repr(asks._live and vars(asks._live.link))]
    shown = "".join(texts) + caplog.text
    assert not any(secret in shown for secret in (SECRET, VECTOR[1:], *pem(key()).decode().splitlines()[1:-1]))


PLAINTEXT = """
import sys
from brokerport import registry
with registry.get("moomoo", sandbox=True) as moomoo:
    assert len(moomoo.short_volume("HK.00700", limit=60)) == 60
print([name for name in sys.modules if name.partition(".")[0] in ("cryptography", "_cffi_backend")])
"""


@pytest.mark.timeout(20)  # a process starts
def test_a_session_without_a_key_never_loads_cryptography() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", PLAINTEXT], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
