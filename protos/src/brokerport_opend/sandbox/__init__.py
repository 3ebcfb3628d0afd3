"""A gateway that speaks OpenD's real protocol to any client, with synthetic data.

``async with Sandbox() as sandbox:`` listens on ``sandbox.host`` and ``sandbox.port``; ``python -m brokerport_opend.sandbox`` does so
for other programs. Nothing it tells is true: every figure follows from the seed, the symbol and the day, and is the same whenever and
wherever it is asked. Real are the frames, the handshake, encryption, keep-alives, pages, quotas and the manner of refusing. Bodies are
protobuf; JSON is not spoken.

Every code has data, in every market, except

* codes that begin with ``NODATA``: nothing to tell. No rows, no ARK trades, capital of zero.
* codes that begin with ``UNKNOWN``: refused, as a security that does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brokerport_opend.sandbox.mark import SANDBOX_MARK

if TYPE_CHECKING:
    from brokerport_opend.sandbox.server import Sandbox

__all__ = ["SANDBOX_MARK", "Sandbox"]


def __getattr__(name: str) -> Any:
    # The mark alone is wanted by every client; asyncio and the messages come with the server only.
    if name != "Sandbox":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from brokerport_opend.sandbox.server import Sandbox

    return Sandbox
