"""What is fuzzed: functions of bytes that return, or raise what is documented; anything else is a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from brokerport import BadReplyError, BrokerportError, HandshakeError, Source, Symbol
from brokerport_opend import handshake
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.replies import payload
from brokerport_opend.wire.aes import Cbc, TailedEcb
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.connection import Connection, Push, Reply
from brokerport_opend.wire.frame import HEADER, Decoder, Frame, FrameError

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden"
SOURCE = Source("fuzz", datetime(2026, 3, 4, tzinfo=UTC), sandbox=True)
KEY = b"0123456789abcdef"
CIPHERS: tuple[Cipher, ...] = (PLAIN, Cbc(KEY, b"fedcba9876543210"), TailedEcb(KEY))

Target = Callable[[bytes], None]


def decoder(data: bytes) -> None:
    """Frames: the same whether the bytes come in one chunk or one by one, with and without encryption."""
    for cipher in CIPHERS:
        pieces = [data[at : at + 1] for at in range(len(data))]
        assert _decoded([data], cipher) == _decoded(pieces, cipher)


def connection(data: bytes) -> None:
    """A connection that waits for replies: events or FrameError, and a buffer that is no larger than what came."""
    waits = Connection(last_serial=0)
    keys = {waits.request(endpoint.proto_id, b"")[0] for endpoint in ENDPOINTS}
    try:
        for event in waits.receive(data):
            assert isinstance(event, Push) or event.key in keys
            if isinstance(event, Reply):
                keys.remove(event.key)
    except FrameError:
        pass


def replies(data: bytes) -> None:
    """Every reader, on any body: an answer, or one of our errors."""
    for endpoint in ENDPOINTS:
        for symbol in (Symbol.parse("HK.00700"), Symbol.parse("US.TSLA")):
            try:
                answer = endpoint.read(payload(endpoint, "fuzz", data), symbol, SOURCE)
            except BrokerportError as error:
                _ = str(error)
            else:
                answer.to_dicts()


def handshakes(data: bytes) -> None:
    """InitConnect's reply, of any bytes."""
    for encrypted in (False, True):
        try:
            handshake.welcome("fuzz", data, encrypted=encrypted)
        except (BadReplyError, HandshakeError) as error:
            _ = str(error)
    handshake.cipher(data)


def ciphers(data: bytes) -> None:
    """Decrypting anything gives a body or FrameError; what was encrypted comes out again."""
    for cipher in CIPHERS:
        assert cipher.decrypt(cipher.encrypt(data)) == data
        with suppress(FrameError):
            cipher.decrypt(data)


TARGETS: dict[str, Target] = {each.__name__: each for each in (decoder, connection, replies, handshakes, ciphers)}
FRAMED = frozenset({"decoder", "connection"})  #: the others are given bodies


def seeds(target: str) -> list[bytes]:
    """The golden frames, or their bodies."""
    start = 0 if target in FRAMED else HEADER.size
    return [file.read_bytes()[start:] for file in sorted(GOLDEN.glob("*.bin"))]


def _decoded(chunks: Sequence[bytes], cipher: Cipher) -> tuple[list[Frame], str | None]:
    decodes, frames = Decoder(cipher), []
    try:
        for chunk in chunks:
            for frame in decodes.feed(chunk):
                frames.append(frame)  # noqa: PERF402  # those before the error count
    except FrameError as error:
        return frames, type(error).__name__
    return frames, None
