"""How a gateway is reached: one session, which keeps one connection at a time."""

from brokerport_opend import messages  # noqa: F401  # before all else: it tells whether protobuf is there, and new enough
