"""The gateway's state as the SDK's dict."""

from __future__ import annotations

import time
from typing import Any

from brokerport_opend.compat.constants import MarketState, ProgramStatusType

NOTHING = "N/A"

_MARKETS = ("SZ", "US", "SH", "HK", "HKFuture", "USFuture", "SGFuture", "JPFuture", "SG", "MY", "JP")

#: by number; those without a name in the SDK (12, 30, 31, 33, 34, 36) are 'N/A' there
_STATES = {
    0: MarketState.NONE,
    1: MarketState.AUCTION,
    2: MarketState.WAITING_OPEN,
    3: MarketState.MORNING,
    4: MarketState.REST,
    5: MarketState.AFTERNOON,
    6: MarketState.CLOSED,
    8: MarketState.PRE_MARKET_BEGIN,
    9: MarketState.PRE_MARKET_END,
    10: MarketState.AFTER_HOURS_BEGIN,
    11: MarketState.AFTER_HOURS_END,
    13: MarketState.NIGHT_OPEN,
    14: MarketState.NIGHT_END,
    15: MarketState.FUTURE_DAY_OPEN,
    16: MarketState.FUTURE_DAY_BREAK,
    17: MarketState.FUTURE_DAY_CLOSE,
    18: MarketState.FUTURE_DAY_WAIT_OPEN,
    19: MarketState.HK_CAS,
    20: MarketState.FUTURE_NIGHT_WAIT,
    21: MarketState.FUTURE_AFTERNOON,
    22: MarketState.FUTURE_SWITCH_DATE,
    23: MarketState.FUTURE_OPEN,
    24: MarketState.FUTURE_BREAK,
    25: MarketState.FUTURE_BREAK_OVER,
    26: MarketState.FUTURE_CLOSE,
    27: MarketState.ASHARE_AFTER_HOURS_WAIT,
    28: MarketState.ASHARE_AFTER_HOURS_BEGIN,
    29: MarketState.ASHARE_AFTER_HOURS_END,
    32: MarketState.NIGHT,
    35: MarketState.TRADE_AT_LAST,
    37: MarketState.OVERNIGHT,
}
_PROGRAM = dict(enumerate(ProgramStatusType))  # numbered in the order they are declared


def global_state(s2c: Any) -> tuple[dict[str, Any]]:
    """A dict; the server's version and time are text."""
    markets = {f"market_{name.lower()}": _state(s2c, f"market{name}") for name in _MARKETS}
    status = s2c.programStatus
    return (
        {
            **markets,
            "server_ver": str(s2c.serverVer),
            "trd_logined": s2c.trdLogined,
            "timestamp": str(s2c.time),
            "qot_logined": s2c.qotLogined,
            "local_timestamp": s2c.localTime if s2c.HasField("localTime") else time.time(),
            "program_status_type": _PROGRAM.get(status.type, ProgramStatusType.NONE).value,
            "program_status_desc": status.strExtDesc,
        },
    )


def _state(s2c: Any, name: str) -> str:
    state = _STATES.get(getattr(s2c, name)) if s2c.HasField(name) else None
    return NOTHING if state is None else state.value
