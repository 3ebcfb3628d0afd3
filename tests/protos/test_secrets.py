"""Canaries: a known RSA key, AES key, vector and cursor, looked for in everything that leaves the process by accident.

That is logs at their most talkative, reprs, pickles, and tracebacks with the locals of every frame, as crash reporters print them.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import traceback
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from attrs import frozen
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption

from brokerport import AsyncClient, BrokerportError, InvalidRequestError, Registry, Symbol
from brokerport_futu import FUTU
from brokerport_opend import OpenDSettings, key_file
from brokerport_opend.connecting.shared_key import shared_key
from brokerport_opend.messages import init_connect_pb2, short_volume_pb2
from brokerport_opend.wire import rsa
from brokerport_opend.wire.aes import Cbc, TailedEcb
from brokerport_opend.wire.cipher import Cipher
from brokerport_opend.wire.connection import Connection
from brokerport_opend.wire.frame import Decoder, Frame, encode
from keys import PKCS1, PKCS8, key, pem, write
from protos.conftest import OpenGateway
from protos.gateway import Script, Visit, reply, welcome

SHORT_VOLUME = 3248
RSA, OTHER = rsa.Rsa(key()), rsa.Rsa(key(which=1))
SECRET, VECTOR, CURSOR = "CanaryOfTheAesK!", "CanaryOfVectors!", "canary-of-a-cursor"
CBC = Cbc(SECRET.encode(), VECTOR.encode())
WELCOME = welcome(connAESKey=SECRET, aesCBCiv=VECTOR)


def written(secret: bytes) -> set[str]:
    """The ways in which bytes are shown; of base64, what does not depend on where they begin."""
    inside = {b64encode(b"." * shift + secret).decode()[4:-4] for shift in range(3)}
    return {repr(secret)[2:-1], secret.hex(), secret.hex(" "), *inside, repr(list(secret))[1:-1]}


def of_the_key() -> set[str]:
    """The private numbers in decimal and hexadecimal, and each line of the files."""
    numbers = key().private_numbers()
    lines = {line for form in (PKCS1, PKCS8) for line in pem(key(), form).decode().splitlines()[1:-1]}
    files = {key().private_bytes(Encoding.DER, form, NoEncryption()) for form in (PKCS1, PKCS8)}
    shown = {form(number) for number in (numbers.p, numbers.q, numbers.d, numbers.dmp1) for form in (str, "{:x}".format, "{:X}".format)}
    # The first 30 bytes tell of the public half; what follows is looked for in pieces, as reprs are cut.
    return lines | shown | {piece for file in files for at in range(180, 400, 20) for piece in written(file[at : at + 20])}


CANARIES = {
    "AES key": written(SECRET.encode()),
    "vector": written(VECTOR.encode()),
    "cursor": written(CURSOR.encode()),
    "RSA key": of_the_key(),
}


KEYS = {name: forms for name, forms in CANARIES.items() if name != "cursor"}


def seen(text: str, of: Mapping[str, set[str]] = CANARIES) -> list[str]:
    """Which secrets the text tells, and where."""
    places = [(name, at) for name, forms in of.items() for at in map(text.find, forms) if at >= 0]
    return [f"{name}: ...{text[max(0, at - 100) : at + 60]}..." for name, at in places]


def told(error: BaseException) -> str:
    """Everything that a crash reporter can print of an error: all causes, and the locals of all frames."""
    from_here = error.__traceback__
    while from_here is not None and from_here.tb_frame.f_code.co_filename == __file__:  # our own frames know the secrets
        from_here = from_here.tb_next
    whole = traceback.TracebackException(type(error), error, from_here, capture_locals=True)
    return f"{''.join(whole.format())} {error!r} {error} {vars(error)!r}"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("AES key", f"key={SECRET!r}"),
        ("AES key", SECRET.encode().hex()),
        ("vector", b64encode(b"some before " + VECTOR.encode() + b" and after").decode()),
        ("cursor", f"nextKey: {CURSOR.encode()!r}"),
        ("RSA key", pem(key()).decode()),
        ("RSA key", repr(pem(key(), PKCS8))),
        ("RSA key", repr(key().private_bytes(Encoding.DER, PKCS1, NoEncryption()))),
        ("RSA key", str(key().private_numbers().d)),
    ],
)
def test_a_canary_that_is_told_is_seen(kind: str, text: str) -> None:
    assert kind in {each.split(":")[0] for each in seen(text)}


def test_a_local_is_seen_in_a_traceback() -> None:
    with pytest.raises(ValueError, match="Invalid IPv6 URL") as caught:
        urlsplit(f"http://[{SECRET}")
    assert "AES key" in {each.split(":")[0] for each in seen(told(caught.value))}


# objects


@pytest.fixture
def things(tmp_path: Path) -> Iterator[dict[str, object]]:
    file = write(tmp_path)
    settings = OpenDSettings(rsa_key=file)
    registry = Registry()
    decoder = Decoder(CBC)
    list(decoder.feed(encode(Frame(SHORT_VOLUME, 1, SECRET.encode() * 3), CBC)[:-1]))
    yield {
        "settings": settings,
        "provider": FUTU.provider(settings),
        "client": registry.get("futu", rsa_key=file),
        "async client": registry.get_async("futu", rsa_key=file),
        "registry": registry,
        "RSA": key_file.read(file),
        "CBC": CBC,
        "tailed ECB": TailedEcb(SECRET.encode()),
        "connection": Connection(CBC),
        "decoder": decoder,
    }
    registry.close()


KINDS = ("settings", "provider", "client", "async client", "registry", "RSA", "CBC", "tailed ECB", "connection", "decoder")


@pytest.mark.parametrize("kind", KINDS)
def test_no_object_tells_a_secret(things: dict[str, object], kind: str) -> None:
    thing = things[kind]
    inside = repr(vars(thing)) if hasattr(thing, "__dict__") else ""
    assert seen(f"{thing!r} {thing!s} {thing:} {inside}") == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_pickle_carries_a_secret(things: dict[str, object], kind: str) -> None:
    try:
        pickled = pickle.dumps(things[kind])
    except (TypeError, AttributeError, pickle.PicklingError):  # nor does what cannot be pickled
        return
    assert seen(repr(pickled)) == []


# keys


@pytest.mark.parametrize(
    "content",
    [pem(key())[:-40], pem(key()).replace(b"RSA PRIVATE", b"PRIVATE"), pem(key())[31:], pem(key(), lock=BestAvailableEncryption(b"pass"))],
    ids=["cut", "mislabelled", "headless", "locked"],
)
@pytest.mark.parametrize("mode", [0o600, 0o644])
async def test_a_key_file_that_is_refused_is_not_told(tmp_path: Path, content: bytes, mode: int) -> None:
    file = write(tmp_path, content, mode=mode)
    with pytest.raises(InvalidRequestError) as caught:
        await shared_key(file)
    assert seen(told(caught.value)) == []


# conversations


@frozen
class Meeting:
    """A gateway that a client with the canary key meets."""

    greets: init_connect_pb2.Response = WELCOME
    with_key: Cipher = RSA  #: what the gateway takes the handshake for
    then: Callable[[Visit], Awaitable[None]] | None = None

    def script(self) -> Script:
        async def script(visit: Visit) -> None:
            visit.cipher = RSA
            hello = await visit.frame()
            visit.send(reply(hello, self.greets, self.with_key))
            visit.cipher = CBC
            if self.then is not None:
                await self.then(visit)

        return script


def page(after: str | None) -> short_volume_pb2.Response:
    """One of some pages; it names the next."""
    return short_volume_pb2.Response(retType=0, retMsg="", s2c={"nextKey": after})


async def refuses(visit: Visit) -> None:
    await visit.serve({SHORT_VOLUME: short_volume_pb2.Response(retType=-1, retMsg="no permission")})


async def sends_garbage(visit: Visit) -> None:
    await visit.frame()
    visit.send(b"FT" + b"garbage" * 20)


async def flips_a_bit(visit: Visit) -> None:
    wrong = bytearray(reply(await visit.frame(), page(CURSOR), CBC))
    wrong[20] ^= 1
    visit.send(bytes(wrong))


async def pages_for_ever(visit: Visit) -> None:
    await visit.serve({SHORT_VOLUME: page(CURSOR)})


async def answers_otherwise(visit: Visit) -> None:
    visit.send(reply(await visit.frame(), page(CURSOR), TailedEcb(SECRET.encode())))


async def goes(visit: Visit) -> None:
    await visit.frame()
    visit.reset()


async def follows_with_garbage(visit: Visit) -> None:
    visit.send(b"no frame at all")


MEETINGS = {
    "all well, then refused": Meeting(then=refuses),
    "garbage": Meeting(then=sends_garbage),
    "a flipped bit": Meeting(then=flips_a_bit),
    "pages that repeat": Meeting(then=pages_for_ever),
    "reset": Meeting(then=goes),
    "garbage right behind the handshake": Meeting(then=follows_with_garbage),
    "the gateway has another key": Meeting(with_key=OTHER),
    "the gateway encrypts otherwise": Meeting(then=answers_otherwise),
    "refused at the handshake": Meeting(welcome(-1, "not now", connAESKey=SECRET, aesCBCiv=VECTOR)),
    "a key too long": Meeting(welcome(connAESKey=SECRET + "!", aesCBCiv=VECTOR)),
    "a vector too long": Meeting(welcome(connAESKey=SECRET, aesCBCiv=VECTOR + "!")),
}


#: the body of the gateway's InitConnect is a local of the session's frames
@pytest.mark.parametrize("name", MEETINGS)
async def test_no_conversation_leaves_a_secret(
    name: str, gateway: OpenGateway, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.NOTSET)
    asyncio.get_running_loop().set_debug(True)
    there = await gateway(MEETINGS[name].script())
    async with Registry().get_async("futu", port=there.port, rsa_key=write(tmp_path), quotas=False, timeout=2) as client:
        error = await failed(client)
        left = f"{client!r} {client.stats()!r} {vars(client)!r} {client._asking._provider and vars(client._asking._provider)!r}"
    assert seen(told(error), KEYS) == []  # the cursor is the caller's own: answers carry it, and an error about it names it
    assert seen(repr(pickle.dumps(error)), KEYS) == []
    assert seen(left) == []
    assert seen(caplog.text + "".join(str(vars(record)) for record in caplog.records)) == []
    assert seen("".join(capfd.readouterr())) == []


async def failed(client: AsyncClient) -> BrokerportError:
    with pytest.raises(BrokerportError) as caught:
        await client.short_volume(Symbol.parse("HK.00700"), limit=None)
    return caught.value
