"""For scripts written for the moomoo SDK: ``from brokerport_moomoo.compat import *`` instead of ``from moomoo import *``."""

from __future__ import annotations

from brokerport_moomoo import MOOMOO
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
    """The switches of moomoo's contexts."""


class OpenQuoteContext(compat.QuoteContext):
    """Asks one gateway of moomoo's."""

    brand = MOOMOO
    sys_config = SysConfig
