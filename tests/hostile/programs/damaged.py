"""Damages files that the library keeps, and uses them again; it prints its tally.

Arguments: the kind of file, how often, the seed.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from brokerport import ArkDynamic, ArkProvider, AsyncClient, Quota, Registry, Secret, Source, Symbol
from brokerport.kit.token_store import Token, TokenStore
from brokerport.models.quota import Limit
from brokerport_finra import FinraSettings
from brokerport_finra.provider import FinraProvider
from brokerport_opend.sandbox import Sandbox
from core.kit.web import serving
from finra.server import FileServer, trading_days
from hostile.attack import Tally

WINDOW = 0.2  # seconds
NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def damages(random: Random, content: bytes) -> Iterator[bytes]:
    """Of every kind one; some leave the content as it was in what matters."""
    place = random.randrange(max(len(content), 1))
    flipped = bytearray(content)
    if flipped:
        flipped[place] ^= 1 << random.randrange(8)
    yield bytes(flipped)
    yield content[:place]
    yield content + random.randbytes(random.randrange(100))
    yield random.randbytes(len(content))
    yield b""
    yield b"\xff" * len(content)
    yield b"\0" * len(content)
    for odd in (float("nan"), float("inf"), -1.0, 1e300):
        at = place // 8 * 8
        yield content[:at] + struct.pack("=d", odd) + content[at + 8 :]
        yield content[:64] + struct.pack("=d", odd) * (max(len(content) - 64, 0) // 8)


class Toy(ArkProvider):
    """Answers at once, three times a window."""

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """An answer without rows."""
        return ArkDynamic(symbol=symbol, source=Source("toy", datetime.now(UTC)))

    def limits(self, question: str) -> tuple[Limit, ...]:
        """Of a short window, so that nobody waits."""
        del question
        return (Quota(3, WINDOW),)


def ledger(folder: Path, times: int, random: Random) -> Tally:
    """What processes tell one another of their quotas: each call is answered."""
    tally = Tally()
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    registry = Registry()
    registry.register("toy", lambda settings: Toy())
    with registry.get("toy") as toy:
        toy.ark_dynamic("US.TSLA")
        (file,) = [each for each in folder.rglob("quota-*") if each.is_file()]
        for _ in range(times):
            for damage in damages(random, file.read_bytes()):
                file.write_bytes(damage)
                for _ in range(2):
                    with tally.meet():
                        toy.ark_dynamic("US.TSLA", timeout=5)
    return tally


def token(folder: Path, times: int, random: Random) -> Tally:
    """An access token: one is always had, and it is one that the server gave."""
    tally = Tally()
    os.environ["XDG_STATE_HOME"] = str(folder)

    async def log_in(before: Token | None) -> Token:
        del before
        return Token(Secret("given"), NOW + timedelta(days=1), Secret("next"))

    async def one() -> None:
        store = TokenStore("toy", "account", log_in, now=lambda: NOW)
        assert (await store.token()).secret.reveal(), "there is no token"
        await store.aclose()

    asyncio.run(one())
    (file,) = [each for each in (folder / "brokerport" / "tokens").iterdir() if each.is_file()]
    whole = file.read_bytes()
    for _ in range(times):
        for damage in damages(random, whole):
            file.write_bytes(damage)
            with tally.meet():
                asyncio.run(one())
    return tally


def archive(folder: Path, times: int, random: Random) -> Tally:
    """FINRA's files as they are kept: every row is as it was, whatever became of the files."""
    tally, days = Tally(), trading_days(NOW.date(), 25)
    with serving(FileServer()) as server:
        server.put_days(days, ["AAPL"])
        settings = FinraSettings(url=server.url, cache=folder)

        async def rows() -> list[tuple[object, ...]]:
            async with AsyncClient(lambda: FinraProvider(settings, now=lambda: NOW), broker="finra") as client:
                history = await client.short_volume("US.AAPL", limit=20)
                return [(row.day, row.short_volume, row.volume) for row in history]

        truth = asyncio.run(rows())
        for _ in range(times):
            files = sorted(each for each in folder.rglob("*") if each.is_file() and each.suffix != ".lock")
            file = random.choice(files)
            # Not the first, a bit: of one digit that became another no file tells, as FINRA's have no checksum.
            for damage in islice(damages(random, file.read_bytes()), 1, None):
                file.write_bytes(damage)
                with tally.meet():
                    assert asyncio.run(rows()) == truth, f"a damaged {file.name} was believed"
    return tally


def recording(folder: Path, times: int, random: Random) -> Tally:
    """What the sandbox plays back: it begins, or the error names the file."""
    tally, file = Tally(), folder / "000001-3424.json"
    whole = b'{"format": 1, "protocol": 3424, "request": {"c2s": {"security": {"market": 1, "code": "00700"}}}, "reply": {"retType": 0}}'
    for _ in range(times):
        for damage in damages(random, whole):
            file.write_bytes(damage)
            with tally.meet(ValueError):
                try:
                    Sandbox(replay=folder)
                except ValueError as error:
                    if file.name not in str(error):
                        raise AssertionError(f"the error does not name the file: {error}") from error
                    raise
    return tally


FILES: dict[str, Callable[[Path, int, Random], Tally]] = {"ledger": ledger, "token": token, "archive": archive, "recording": recording}


if __name__ == "__main__":
    import logging

    logging.getLogger("brokerport").addHandler(logging.NullHandler())
    with TemporaryDirectory() as whole_folder:
        print(FILES[sys.argv[1]](Path(whole_folder), int(sys.argv[2]), Random(int(sys.argv[3]))).to_json(), flush=True)
