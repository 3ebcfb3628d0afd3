"""The body of an answer: no larger than is allowed, packed and unpacked."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable

from brokerport.errors import BadReplyError
from brokerport.logs import clean

_PACKED = ("gzip", "x-gzip")


async def read(url: str, parts: AsyncIterable[bytes], largest: int) -> bytes:
    """All ``parts``, as they come.

    Raises:
        BadReplyError: They are more than ``largest`` bytes.
    """
    body = bytearray()
    async for part in parts:
        body += part
        if len(body) > largest:
            raise _too_large(url, largest)
    return bytes(body)


def unpacked(url: str, body: bytes, encoding: str, largest: int) -> bytes:
    """The body without its packing. Done here and not by httpx, which unpacks whatever comes, however large it becomes.

    Raises:
        BadReplyError: It becomes more than ``largest`` bytes, is damaged, or packed in another way than asked for.
    """
    if encoding.lower() == "identity":
        return body
    if encoding.lower() not in _PACKED:
        raise BadReplyError(f"{url} came packed as {clean(encoding)!r}; asked for was gzip")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(body, largest + 1)
    except zlib.error as error:
        raise BadReplyError(f"{url} cannot be unpacked: {error}") from error
    if len(text) > largest:
        raise _too_large(url, largest)
    if not unpacker.eof:
        raise BadReplyError(f"{url} ends in the middle of its gzip stream")
    return text


def _too_large(url: str, largest: int) -> BadReplyError:
    return BadReplyError(f"{url} is larger than {largest:,} bytes, the most that is taken")
