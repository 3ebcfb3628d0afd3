"""Replies as the SDK's dicts and DataFrames: its columns, their order and types, and its spellings of what the gateway did not send.

"Nothing" is 'N/A' in one place, '' or 0 in another, None in a third: each table below says so of its fields, by their names on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from brokerport_opend.compat.constants import ArkDynamicType

if TYPE_CHECKING:
    import pandas as pd

NOTHING = "N/A"
LAST_PAGE = "-1"  # the key of the next page, where the gateway sent none

_DYNAMICS = {
    1: ArkDynamicType.CONSECUTIVE_SAME_DIRECTION,
    2: ArkDynamicType.RECENT_TRANSACTION,
    3: ArkDynamicType.LAST_TRANSACTION,
    4: ArkDynamicType.NO_DYNAMIC,
}
_ARK = ("transactionCount", "netShares", "lastTransactionTime")
_CAPITAL = (
    *("capitalInSuper", "capitalInBig", "capitalInMid", "capitalInSmall"),
    *("capitalOutSuper", "capitalOutBig", "capitalOutMid", "capitalOutSmall"),
    "updateTime",
)
_CAPITAL_NOTHING = frozenset({"capitalInSuper", "capitalOutSuper"})  # these are 'N/A' when absent, updateTime is ''
_RANKING = ("isRealTime", "dataTime", "dataTimeStr")  # the reply's own, the same in every row
_BROKER = ("netVol", "isRealTime", "buySellType", "dataTime", "dataTimeStr", "brokerName")
_BROKER_REAL_TIME = ("avgPrice", "totalVol", "totalTurnover")  # no columns at all for a past day
_US_VOLUME = (
    *("timestamp", "timestampStr", "totalSharesShort", "nasdaqSharesShort", "nyseSharesShort", "shortPercent", "volume"),
    *("closePrice", "lastClosePrice", "dailyTradeAvgRatio"),
)
_HK_VOLUME = (
    *("timestamp", "timestampStr", "sharesTraded", "turnover", "shortSellSharesTraded", "shortSellTurnover"),
    *("openPrice", "closePrice", "lastClosePrice", "dailyTradeAvgRatio"),
)
_OPEN_SHORT = ("aggregatedShort", "aggregatedShortRatio", "newTimeStr")  # in the attrs of Hong Kong's frame
_US_INTEREST = (
    *("timestamp", "timestampStr", "sharesShort", "shortPercent", "avgDailyShareVolume", "daysToCover"),
    *("closePrice", "lastClosePrice"),
)
_HK_INTEREST = ("timestamp", "timestampStr", "aggregatedShort", "aggregatedShortRatio", "closePrice", "lastClosePrice")


def ark_dynamic(s2c: Any) -> tuple[dict[str, Any]]:
    """A dict, in which the kind has a name."""
    kind = _DYNAMICS.get(s2c.dynamicType)
    return ({"dynamic_type": kind.value if kind else NOTHING, **_row(s2c, _ARK, NOTHING)},)


def capital_distribution(s2c: Any) -> tuple[pd.DataFrame]:
    """One row."""
    row = {_column(name): _said(s2c, name, NOTHING) if name in _CAPITAL_NOTHING else getattr(s2c, name) for name in _CAPITAL}
    # Told its columns twice, pandas makes an object of a NaN's column, as it does in the SDK's frame.
    return (_pandas().DataFrame(row, columns=list(row), index=[0]),)


def broker_ranking(s2c: Any) -> tuple[pd.DataFrame]:
    """A row for each broker; without any, no columns either."""
    names = _BROKER + (_BROKER_REAL_TIME if s2c.isRealTime else ())
    rows = [{_column(name): getattr(s2c if name in _RANKING else item, name) for name in names} for item in s2c.brokerList]
    return (_pandas().DataFrame(rows),)


def short_volume(s2c: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The United States' frame and Hong Kong's, of which one has rows."""
    us, hk = _rows(s2c.usItemList, _US_VOLUME), _rows(s2c.hkItemList, _HK_VOLUME)
    us.attrs["next_key"] = hk.attrs["next_key"] = _said(s2c, "nextKey", LAST_PAGE)
    hk.attrs.update(_row(s2c, _OPEN_SHORT, None))
    return us, hk


def short_interest(s2c: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same of short interest."""
    us, hk = _rows(s2c.usItemList, _US_INTEREST), _rows(s2c.hkItemList, _HK_INTEREST)
    us.attrs["next_key"] = hk.attrs["next_key"] = _said(s2c, "nextKey", LAST_PAGE)
    return us, hk


def _rows(items: Iterable[Any], names: tuple[str, ...]) -> pd.DataFrame:
    frame: pd.DataFrame = _pandas().DataFrame([_row(item, names, None) for item in items], columns=[_column(name) for name in names])
    return frame


def _row(message: Any, names: tuple[str, ...], nothing: object) -> dict[str, Any]:
    return {_column(name): _said(message, name, nothing) for name in names}


def _said(message: Any, name: str, nothing: object) -> Any:
    return getattr(message, name) if message.HasField(name) else nothing


def _column(name: str) -> str:
    """A wire's name as a column's: netVol is net_vol."""
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def _pandas() -> Any:
    """Imported by the first answer: it costs more than all the rest."""
    try:
        import pandas as pd
    except ImportError as error:
        missing = "pandas, which the drop-in answers with, is missing: pip install 'brokerport[pandas]', or only 'pandas>=2.2'"
        raise ImportError(missing, name="pandas") from error
    return pd
