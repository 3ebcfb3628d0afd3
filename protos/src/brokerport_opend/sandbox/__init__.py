"""A gateway that speaks OpenD's real protocol to any client, with synthetic data.

``async with Sandbox() as sandbox:`` listens on ``sandbox.host`` and ``sandbox.port``; ``python -m brokerport_opend.sandbox`` does so
for other programs. Nothing it tells is true: every figure follows from the seed, the symbol and the day, and is the same whenever and
wherever it is asked. Real are the frames, the handshake, encryption, keep-alives, pages, quotas, pushes and the manner of refusing.
Bodies are protobuf, or JSON for clients that write it.

Every code of its market's form has data, in every market, except

* codes that begin with ``NODATA``: nothing to tell. No rows, no ARK trades, capital of zero.
* codes that begin with ``UNKNOWN``: refused, as a security that does not exist.
"""

from brokerport_opend import messages  # noqa: F401  # before all else: it tells whether protobuf is there, and new enough
from brokerport_opend.sandbox.faults.fault import Fault
from brokerport_opend.sandbox.scenario import Scenario, ScenarioError
from brokerport_opend.sandbox.server import Sandbox
from brokerport_opend.wire.mark import SANDBOX_MARK

__all__ = ["SANDBOX_MARK", "Fault", "Sandbox", "Scenario", "ScenarioError"]
