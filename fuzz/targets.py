"""What is fuzzed: functions of bytes that return, or raise what is documented; anything else is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from brokerport import BadReplyError, BrokerportError, HandshakeError, Source, Symbol
from brokerport_opend.connecting import handshake
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.endpoints.replies import payload
from brokerport_opend.wire.aes import Cbc, TailedEcb
from brokerport_opend.wire.cipher import PLAIN, Cipher
from brokerport_opend.wire.connection import Connection, Key, Reply
from brokerport_opend.wire.frame import HEADER, Decoder, Frame, FrameError, encode

GOLDEN = [file.read_bytes() for file in sorted((Path(__file__).resolve().parents[1] / "tests" / "golden").glob("*.bin"))]
SOURCE = Source("fuzz", datetime(2026, 3, 4, tzinfo=UTC), sandbox=True)
SYMBOLS = (Symbol.parse("HK.00700"), Symbol.parse("US.TSLA"))
KEY = b"0123456789abcdef"
CIPHERS: tuple[Cipher, ...] = (PLAIN, Cbc(KEY, b"fedcba9876543210"), TailedEcb(KEY))

T = TypeVar("T")
Target = Callable[[bytes], None]


def decoder(data: bytes) -> None:
    """Frames: the same whether the bytes come in one chunk or one by one, with and without encryption; and what was framed comes out."""
    for cipher in CIPHERS:
        assert _events(Decoder(cipher).feed, [data]) == _events(Decoder(cipher).feed, _single(data))
        # Made whole again: no fuzzer finds a SHA-1, and behind it the bodies would never be met with.
        frame = Frame(3424, 1, data)
        framed = encode(frame, cipher)
        assert _events(Decoder(cipher).feed, [framed]) == _events(Decoder(cipher).feed, _single(framed)) == ([frame], None)


def connection(data: bytes) -> None:
    """A connection that waits for the golden replies: each at most once, and the same events from one chunk as byte by byte."""
    at_once, one_by_one = _waiting(), _waiting()
    events, error = _events(at_once.receive, [data])
    assert (events, error) == _events(one_by_one.receive, _single(data))
    assert at_once.orphans == one_by_one.orphans
    answered = [event.key for event in events if isinstance(event, Reply)]
    assert len(answered) == len(set(answered))
    assert set(answered) <= set(AWAITED)


def replies(data: bytes) -> None:
    """Every reader, on any body: an answer, or one of our errors."""
    for endpoint in ENDPOINTS:
        for symbol in SYMBOLS:
            try:
                answer = endpoint.read(payload(endpoint, "fuzz", data), symbol, SOURCE)
            except BrokerportError as error:
                _ = str(error)
            else:
                answer.to_dicts()


def handshakes(data: bytes) -> None:
    """InitConnect's reply, of any bytes: a welcome within its bounds, or one of two errors."""
    for encrypted in (False, True):
        try:
            told = handshake.welcome("fuzz", data, encrypted=encrypted)
        except (BadReplyError, HandshakeError) as error:
            _ = str(error)
        else:
            lowest, highest = handshake.KEEP_ALIVE_BOUNDS
            assert lowest <= told.keep_alive <= highest
            assert not encrypted or handshake.cipher(data)


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
    return [frame[0 if target in FRAMED else HEADER.size :] for frame in GOLDEN]


def _key(frame: bytes) -> Key:
    _, proto_id, _, _, serial, *_ = HEADER.unpack_from(frame)
    return Key(proto_id, serial)


AWAITED = tuple(dict.fromkeys(_key(frame) for frame in GOLDEN))


def _waiting() -> Connection:
    waits = Connection()
    for key in AWAITED:
        waits.last_serial = key.serial - 1
        waits.request(key.proto_id, b"")
    return waits


def _single(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def _events(feed: Callable[[bytes], Iterable[T]], chunks: Sequence[bytes]) -> tuple[list[T], str | None]:
    """What comes out, and which kind of error ended it: its words may tell how much had come."""
    events: list[T] = []
    try:
        for chunk in chunks:
            for event in feed(chunk):
                events.append(event)  # noqa: PERF402  # those before the error count
    except FrameError as error:
        return events, type(error).__name__
    return events, None
