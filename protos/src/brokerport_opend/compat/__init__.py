"""The broker's own SDK, as far as the five questions go, spoken by brokerport's client.

A brand's ``compat`` module adds the brand. What differs from the SDK, and why, is told in docs/migrate.md.
"""

from brokerport_opend.compat.constants import RET_ERROR, RET_OK, ArkDynamicType, MarketState, ProgramStatusType, ProtoFMT, SecurityFirm
from brokerport_opend.compat.context import QuoteContext
from brokerport_opend.compat.sys_config import SysConfig

__all__ = [
    "RET_ERROR",
    "RET_OK",
    "ArkDynamicType",
    "MarketState",
    "ProgramStatusType",
    "ProtoFMT",
    "QuoteContext",
    "SecurityFirm",
    "SysConfig",
]
