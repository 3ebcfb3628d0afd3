"""The questions that OpenD answers, one module a subject."""

from brokerport_opend import messages  # noqa: F401  # before all else: it tells whether protobuf is there, and new enough
from brokerport_opend.endpoints.ark import ARK_DYNAMIC
from brokerport_opend.endpoints.broker_ranking import BROKER_RANKING
from brokerport_opend.endpoints.capital import CAPITAL_DISTRIBUTION
from brokerport_opend.endpoints.short import SHORT_INTEREST, SHORT_VOLUME

ENDPOINTS = (ARK_DYNAMIC, CAPITAL_DISTRIBUTION, BROKER_RANKING, SHORT_VOLUME, SHORT_INTEREST)

__all__ = ["ARK_DYNAMIC", "BROKER_RANKING", "CAPITAL_DISTRIBUTION", "ENDPOINTS", "SHORT_INTEREST", "SHORT_VOLUME"]
