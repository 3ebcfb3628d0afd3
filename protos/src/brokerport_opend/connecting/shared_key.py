"""The key that encrypts, from the file that the settings name."""

from __future__ import annotations

import asyncio
from pathlib import Path

from brokerport import InvalidRequestError
from brokerport_opend import key_file
from brokerport_opend.wire.rsa import Rsa


async def shared_key(path: Path | None, *, mounted: bool = False) -> Rsa | None:
    """The key that the gateway has too; None without a file, and nothing is encrypted then. For ``mounted`` see ``key_file.read``.

    Raises:
        InvalidRequestError: The file will not do; the text says why.
    """
    try:
        return None if path is None else await asyncio.to_thread(key_file.read, path, mounted=mounted)
    except key_file.KeyFileError as error:
        raise InvalidRequestError(str(error)) from error
