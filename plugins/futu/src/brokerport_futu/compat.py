"""For scripts written for the futu SDK: ``from brokerport_futu.compat import *`` instead of ``from futu import *``."""

from __future__ import annotations

from brokerport_futu import FUTU
from brokerport_opend import compat
from brokerport_opend.compat import RET_ERROR, RET_OK, ArkDynamicType, MarketState, ProgramStatusType, ProtoFMT, SecurityFirm

__all__ = [
    "RET_ERROR",
    "RET_OK",
    "ArkDynamicType",
    "MarketState",
    "OpenQuoteContext",
    "ProgramStatusType",
    "ProtoFMT",
    "SecurityFirm",
    "SysConfig",
]


class SysConfig(compat.SysConfig):
    """The switches of Futu's contexts."""


class OpenQuoteContext(compat.QuoteContext):
    """Asks one gateway of Futu's."""

    brand = FUTU
    sys_config = SysConfig
