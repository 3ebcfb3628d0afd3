"""What the official gateway answers, and what our models of it are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import inf, nan
from typing import Any

from attrs import field, frozen

from brokerport import (
    ArkDynamic,
    ArkDynamicKind,
    BrokerRanking,
    CapitalDistribution,
    Market,
    OpenShort,
    OrderSizes,
    RankedBroker,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Side,
    Source,
    Symbol,
)

PROTOCOLS = {"ark_dynamic": 3424, "capital_distribution": 3212, "broker_ranking": 3247, "short_volume": 3248, "short_interest": 3249}
MARKETS = {"HK": 1, "US": 11}
SOURCE = Source("any", datetime(2026, 5, 8, tzinfo=UTC))  # who answers is no part of what is answered

HONG_KONG, NEW_YORK = Market.HK.zone, Market.US.zone
LEAST_32, MOST_32 = -(2**31), 2**31 - 1
LEAST_64, MOST_64 = -(2**63), 2**63 - 1
MOST_UNSIGNED = 2**64 - 1
INEXACT = 2**53 + 1  # the first integer that a float cannot hold
HUGE, TINY = 1.7976931348623157e308, 5e-324
HK_MIDNIGHT, US_MIDNIGHT = 1778169600, 1778212800  # of 2026-05-08
EIGHTH_OF_MAY = date(2026, 5, 8)


@frozen
class Case:
    """A reply's payload, and the model of it."""

    method: str
    symbol: str  #: its code says what the case is about
    s2c: dict[str, Any]
    fields: dict[str, Any]  #: the model's, but for symbol and source
    tail: str = field(kw_only=True, default="")  #: bytes behind the payload, in hex: what the package's own classes refuse to write
    sdk_agrees: bool = field(kw_only=True, default=True)  #: False where the SDK drops what ours reads

    def __str__(self) -> str:
        return f"{self.method}-{self.symbol}"

    @property
    def expected(self) -> Any:
        """The model."""
        return _MODELS[self.method](symbol=Symbol.parse(self.symbol), source=SOURCE, **self.fields)


_MODELS: dict[str, Any] = {
    "ark_dynamic": ArkDynamic,
    "capital_distribution": CapitalDistribution,
    "broker_ranking": BrokerRanking,
    "short_volume": ShortVolumeHistory,
    "short_interest": ShortInterestHistory,
}


def _ark(code: str, s2c: dict[str, Any], *values: Any) -> Case:
    return Case("ark_dynamic", code, s2c, dict(zip(("kind", "transactions", "net_shares", "last_transaction"), values, strict=True)))


def _ark_kind(number: int, kind: ArkDynamicKind) -> Case:
    return _ark(f"US.KIND{number}", {"dynamicType": number}, kind, None, None, None)


ARK = (
    _ark(
        "US.FULL",
        {"dynamicType": 1, "transactionCount": 5, "netShares": -123456, "lastTransactionTime": "2026-11-19"},
        *(ArkDynamicKind.CONSECUTIVE_SAME_DIRECTION, 5, -123456, date(2026, 11, 19)),
    ),
    _ark("US.ABSENT", {}, None, None, None, None),
    _ark(
        "US.ZERO",
        {"dynamicType": 0, "transactionCount": 0, "netShares": 0, "lastTransactionTime": ""},
        *(ArkDynamicKind.UNKNOWN, 0, 0, None),
    ),
    _ark(
        "US.LEAST",
        {"dynamicType": LEAST_32, "transactionCount": LEAST_32, "netShares": LEAST_64, "lastTransactionTime": "0001-01-01"},
        *(ArkDynamicKind.UNKNOWN, LEAST_32, LEAST_64, date.min),
    ),
    _ark(
        "US.MOST",
        {"dynamicType": MOST_32, "transactionCount": MOST_32, "netShares": MOST_64, "lastTransactionTime": "9999-12-31"},
        *(ArkDynamicKind.UNKNOWN, MOST_32, MOST_64, date.max),
    ),
    _ark("US.INEXACT", {"netShares": -INEXACT}, None, None, -INEXACT, None),
    _ark("US.SLASHES", {"lastTransactionTime": "08/05/2026"}, None, None, None, EIGHTH_OF_MAY),
    _ark("US.NA", {"lastTransactionTime": "N/A"}, None, None, None, None),
    _ark_kind(2, ArkDynamicKind.RECENT_TRANSACTION),
    _ark_kind(3, ArkDynamicKind.LAST_TRANSACTION),
    _ark_kind(4, ArkDynamicKind.NO_DYNAMIC),
    _ark_kind(5, ArkDynamicKind.UNKNOWN),
    _ark_kind(-1, ArkDynamicKind.UNKNOWN),
)

_SIZES = ("Super", "Big", "Mid", "Small")
_MONEY = (*(f"capitalIn{size}" for size in _SIZES), *(f"capitalOut{size}" for size in _SIZES))


def _capital(code: str, money: tuple[float | None, ...], updated_at: datetime | None, *, sdk_agrees: bool = True, **times: Any) -> Case:
    s2c = {name: value for name, value in zip(_MONEY, money, strict=True) if value is not None}
    inflow, outflow = (
        OrderSizes(extra_large=extra_large, large=large, medium=medium, small=small)  # type: ignore[arg-type]  # large to small are there
        for extra_large, large, medium, small in (money[:4], money[4:])
    )
    fields = {"inflow": inflow, "outflow": outflow, "updated_at": updated_at}
    return Case("capital_distribution", code, s2c | times, fields, sdk_agrees=sdk_agrees)


_NONE_EXTRA_LARGE = (None, 2.0, 3.0, 4.0, None, 6.0, 7.0, 8.0)

CAPITAL = (
    _capital(
        "HK.FULL",
        (1.25, 2.5, 3.75, 4.0, 5.0, 6.0, 7.0, 8.0),
        datetime(2026, 5, 8, 16, 0, 21, tzinfo=HONG_KONG),
        updateTime="2026-05-08 16:00:21",
        updateTimestamp=1778227221.0,
    ),
    _capital("HK.ABSENT", _NONE_EXTRA_LARGE, None),
    _capital("HK.ZERO", (0.0,) * 8, None, updateTime=""),
    _capital("HK.ZEROREQUIRED", (None, 0.0, 0.0, 0.0, None, 0.0, 0.0, 0.0), None),
    _capital("HK.MINUS", (-0.0, -1.5, -HUGE, -TINY, -inf, -0.0, -0.0, -0.0), None),
    _capital("US.MOST", (HUGE, TINY, inf, 0.1 + 0.2, float(INEXACT - 1), HUGE, HUGE, TINY), None),
    _capital("US.NAN", (nan, nan, nan, nan, nan, nan, nan, nan), None),
    _capital("US.TEXT", _NONE_EXTRA_LARGE, datetime(2026, 1, 8, 16, 0, tzinfo=NEW_YORK), updateTime="2026-01-08 16:00:00"),
    _capital(
        "US.FRACTION",
        _NONE_EXTRA_LARGE,
        datetime(2026, 5, 8, 0, 0, 0, 500000, NEW_YORK),
        sdk_agrees=False,
        updateTimestamp=US_MIDNIGHT + 0.5,
    ),
    _capital(
        "HK.DISAGREE",
        _NONE_EXTRA_LARGE,
        datetime(2026, 5, 8, tzinfo=HONG_KONG),
        sdk_agrees=False,
        updateTime="2001-01-01 00:00:00",
        updateTimestamp=float(HK_MIDNIGHT),
    ),
    _capital(
        "US.BEFORE1970", _NONE_EXTRA_LARGE, datetime(1969, 12, 31, 18, 59, 59, tzinfo=NEW_YORK), sdk_agrees=False, updateTimestamp=-1.0
    ),
)


def _ranking(code: str, s2c: dict[str, Any], fields: dict[str, Any], *rows: RankedBroker, **more: Any) -> Case:
    return Case("broker_ranking", code, s2c, {**fields, "rows": rows}, **more)


def _broker(*values: Any) -> dict[str, Any]:
    names = ("netVol", "brokerName", "buySellType", "avgPrice", "totalVol", "totalTurnover")
    return {name: value for name, value in zip(names, values, strict=False) if value is not None}


RANKING = (
    _ranking(
        "HK.FULL",
        {
            "isRealTime": True,
            "dataTime": 1778227221,
            "dataTimeStr": "2026-05-08 16:00:21",
            "brokerList": [_broker(1500, "Morgan Stanley", 1, 380.2, 2500.0, 950500.0), _broker(-900, "滙豐證券", 2, 380.25, 1e9, 3.8e11)],
        },
        {"real_time": True, "as_of": datetime(2026, 5, 8, 16, 0, 21, tzinfo=HONG_KONG)},
        RankedBroker("Morgan Stanley", Side.BUY, 1500, 380.2, 2500.0, 950500.0),
        RankedBroker("滙豐證券", Side.SELL, -900, 380.25, 1e9, 3.8e11),
    ),
    _ranking(
        "HK.PAST",
        {
            "isRealTime": False,
            "dataTime": HK_MIDNIGHT,
            "dataTimeStr": "2026-05-08 00:00:00",
            "brokerList": [_broker(7, "A", 1), _broker(-7, "B", 2)],
        },
        {"real_time": False, "as_of": datetime(2026, 5, 8, tzinfo=HONG_KONG)},
        RankedBroker("A", Side.BUY, 7),
        RankedBroker("B", Side.SELL, -7),
    ),
    _ranking("HK.ABSENT", {"brokerList": [{}]}, {"real_time": None, "as_of": None}, RankedBroker()),
    _ranking("HK.ABSENTNOW", {"isRealTime": True, "brokerList": [{}]}, {"real_time": True, "as_of": None}, RankedBroker()),
    _ranking("HK.NOTHING", {}, {"real_time": None, "as_of": None}),
    _ranking(
        "HK.ZERO",
        {"isRealTime": True, "dataTimeStr": "", "brokerList": [_broker(0, "", 0, 0.0, 0.0, 0.0)]},
        {"real_time": True, "as_of": None},
        RankedBroker(None, Side.UNKNOWN, 0, 0.0, 0.0, 0.0),
    ),
    _ranking(
        "HK.EXTREME",
        {
            "isRealTime": True,
            "dataTimeStr": "2026-05-08 16:00:21",
            "brokerList": [_broker(LEAST_64, " ", 2, -HUGE, -TINY, -0.0), _broker(MOST_64, "N", 1, HUGE, TINY, inf), _broker(INEXACT)],
        },
        {"real_time": True, "as_of": datetime(2026, 5, 8, 16, 0, 21, tzinfo=HONG_KONG)},
        RankedBroker(" ", Side.SELL, LEAST_64, -HUGE, -TINY, -0.0),
        RankedBroker("N", Side.BUY, MOST_64, HUGE, TINY, inf),
        RankedBroker(net_volume=INEXACT),
    ),
    _ranking(
        "HK.NEWSIDE",
        {"isRealTime": True, "brokerList": [_broker(1, "A", 1)]},
        {"real_time": True, "as_of": None},
        RankedBroker("A", Side.BUY, 1),
        RankedBroker("B", Side.UNKNOWN, 2),
        # A second payload in a reply adds to the first: field 4 of it is a broker, whose field 3 has the number 9.
        tail="22 09 22 07 08 02 12 01 42 18 09",
    ),
)


def _volume(
    code: str, rows: list[dict[str, Any]], *models: ShortVolume, open_short: OpenShort | None = None, sdk_agrees: bool = True, **more: Any
) -> Case:
    s2c = {"hkItemList" if code.startswith("HK") else "usItemList": rows, **more}
    return Case("short_volume", code, s2c, {"rows": models, "cursor": None, "open_short": open_short}, sdk_agrees=sdk_agrees)


def _us_volume(*values: Any, **times: Any) -> dict[str, Any]:
    names = ("totalSharesShort", "volume", "nasdaqSharesShort", "nyseSharesShort", "shortPercent", "dailyTradeAvgRatio")
    return {**times, **dict(zip((*names, "closePrice", "lastClosePrice"), values, strict=True))}


def _hk_volume(*values: Any, **times: Any) -> dict[str, Any]:
    names = ("shortSellSharesTraded", "sharesTraded", "turnover", "shortSellTurnover", "dailyTradeAvgRatio", "openPrice")
    return {**times, **dict(zip((*names, "closePrice", "lastClosePrice"), values, strict=True))}


US_DAY = {"timestamp": US_MIDNIGHT, "timestampStr": "2026-05-08"}
HK_DAY = {"timestamp": HK_MIDNIGHT, "timestampStr": "2026-05-08"}

VOLUME = (
    _volume(
        "US.FULL",
        [_us_volume(900, 10000, 600, 300, 9.0, 8.75, 201.5, 200.0, **US_DAY)],
        ShortVolume(
            day=EIGHTH_OF_MAY,
            short_volume=900,
            volume=10000,
            short_percent=9.0,
            average_short_percent=8.75,
            close=201.5,
            previous_close=200.0,
            nasdaq_short_volume=600,
            nyse_short_volume=300,
        ),
        nextKey="-1",
    ),
    _volume(
        "HK.FULL",
        [_hk_volume(900, 10000, 3.8e6, 3.4e5, 8.75, 379.0, 380.2, 378.4, **HK_DAY)],
        ShortVolume(
            day=EIGHTH_OF_MAY,
            short_volume=900,
            volume=10000,
            average_short_percent=8.75,
            open=379.0,
            close=380.2,
            previous_close=378.4,
            turnover=3.8e6,
            short_turnover=3.4e5,
        ),
        open_short=OpenShort(shares=INEXACT, percent=0.56, day=date(2026, 4, 30)),
        nextKey="-1",
        aggregatedShort=INEXACT,
        aggregatedShortRatio=0.56,
        newTimeStr="30/04/2026",
    ),
    _volume("US.ABSENT", [{}], ShortVolume()),
    _volume("HK.ABSENT", [{}], ShortVolume()),
    _volume("US.NOTHING", []),
    _volume("HK.NOTHING", []),
    _volume(
        "US.ZERO",
        [_us_volume(0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, timestampStr="")],
        ShortVolume(None, 0, 0, 0.0, 0.0, None, 0.0, 0.0, None, None, 0, 0),
    ),
    _volume(
        "HK.ZERO",
        [_hk_volume(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, timestampStr="")],
        ShortVolume(None, 0, 0, None, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        open_short=OpenShort(shares=0, percent=0.0, day=None),
        aggregatedShort=0,
        aggregatedShortRatio=0.0,
        newTimeStr="",
    ),
    _volume(
        "US.MOST",
        [_us_volume(MOST_UNSIGNED, MOST_UNSIGNED, INEXACT, MOST_64 + 1, HUGE, TINY, inf, -0.0, timestampStr="9999-12-31")],
        ShortVolume(date.max, MOST_UNSIGNED, MOST_UNSIGNED, HUGE, TINY, None, inf, -0.0, None, None, INEXACT, MOST_64 + 1),
    ),
    _volume(
        "HK.MOST",
        [_hk_volume(MOST_UNSIGNED, MOST_UNSIGNED, HUGE, TINY, -HUGE, -TINY, inf, -0.0, timestampStr="0001-01-01")],
        ShortVolume(date.min, MOST_UNSIGNED, MOST_UNSIGNED, None, -HUGE, -TINY, inf, -0.0, HUGE, TINY),
        open_short=OpenShort(shares=MOST_64, percent=HUGE, day=date.max),
        aggregatedShort=MOST_64,
        aggregatedShortRatio=HUGE,
        newTimeStr="9999-12-31",
    ),
    _volume("HK.LEAST", [], open_short=OpenShort(shares=LEAST_64, percent=-HUGE), aggregatedShort=LEAST_64, aggregatedShortRatio=-HUGE),
    _volume("HK.DAYALONE", [], open_short=OpenShort(day=date(2026, 4, 30)), newTimeStr="2026-04-30"),
    _volume("US.STAMP", [{"timestamp": US_MIDNIGHT}], ShortVolume(EIGHTH_OF_MAY)),
    _volume("HK.STAMP", [{"timestamp": HK_MIDNIGHT, "timestampStr": ""}], ShortVolume(EIGHTH_OF_MAY)),
    _volume("HK.SLASHES", [{"timestampStr": "08/05/2026"}], ShortVolume(EIGHTH_OF_MAY)),
    _volume("HK.DISAGREE", [{"timestamp": HK_MIDNIGHT, "timestampStr": "2001-01-01"}], ShortVolume(date(2001, 1, 1)), sdk_agrees=False),
    _volume(
        "US.SOME",
        [{"volume": INEXACT, "closePrice": 1.5}, {}],
        *(ShortVolume(volume=INEXACT, close=1.5), ShortVolume()),
        sdk_agrees=False,  # where one row lacks it, an integer is a float in all
    ),
    _volume("HK.BOTH", [{"sharesTraded": 2}], ShortVolume(volume=1), ShortVolume(volume=2), usItemList=[{"volume": 1}]),
)


def _interest(code: str, rows: list[dict[str, Any]], *models: ShortInterest, **more: Any) -> Case:
    s2c = {"hkItemList" if code.startswith("HK") else "usItemList": rows, **more}
    return Case("short_interest", code, s2c, {"rows": models, "cursor": None})


def _us_interest(*values: Any, **times: Any) -> dict[str, Any]:
    names = ("sharesShort", "shortPercent", "avgDailyShareVolume", "daysToCover", "closePrice", "lastClosePrice")
    return {**times, **dict(zip(names, values, strict=True))}


def _hk_interest(*values: Any, **times: Any) -> dict[str, Any]:
    return {**times, **dict(zip(("aggregatedShort", "aggregatedShortRatio", "closePrice", "lastClosePrice"), values, strict=True))}


INTEREST = (
    _interest(
        "US.FULL",
        [_us_interest(5000, 1.25, 2000, 2.5, 201.5, 200.0, **US_DAY)],
        ShortInterest(EIGHTH_OF_MAY, 5000, 1.25, 2000, 2.5, 201.5, 200.0),
        nextKey="-1",
    ),
    _interest(
        "HK.FULL",
        [_hk_interest(5000, 0.56, 380.2, 378.4, **HK_DAY)],
        ShortInterest(EIGHTH_OF_MAY, 5000, 0.56, None, None, 380.2, 378.4),
        nextKey="-1",
    ),
    _interest("US.ABSENT", [{}], ShortInterest()),
    _interest("HK.ABSENT", [{}], ShortInterest()),
    _interest("US.NOTHING", []),
    _interest("HK.NOTHING", []),
    _interest(
        "US.ZERO", [_us_interest(0, 0.0, 0, 0.0, 0.0, 0.0, timestampStr="")], ShortInterest(None, 0, 0.0, 0, 0.0, 0.0, 0.0), nextKey=""
    ),
    _interest("HK.ZERO", [_hk_interest(0, 0.0, 0.0, 0.0, timestampStr="")], ShortInterest(None, 0, 0.0, None, None, 0.0, 0.0), nextKey=""),
    _interest(
        "US.MOST",
        [_us_interest(MOST_UNSIGNED, HUGE, INEXACT, TINY, inf, -0.0, timestampStr="9999-12-31")],
        ShortInterest(date.max, MOST_UNSIGNED, HUGE, INEXACT, TINY, inf, -0.0),
    ),
    _interest(
        "HK.MOST",
        [_hk_interest(MOST_UNSIGNED, -HUGE, -TINY, -0.0, timestampStr="0001-01-01")],
        ShortInterest(date.min, MOST_UNSIGNED, -HUGE, None, None, -TINY, -0.0),
    ),
    _interest("US.STAMP", [{"timestamp": US_MIDNIGHT, "timestampStr": ""}], ShortInterest(EIGHTH_OF_MAY)),
    _interest("HK.STAMP", [{"timestamp": HK_MIDNIGHT}], ShortInterest(EIGHTH_OF_MAY)),
    _interest("US.SLASHES", [{"timestampStr": "08/05/2026"}], ShortInterest(EIGHTH_OF_MAY)),
    _interest(
        "HK.BOTH", [{"aggregatedShort": 2}], ShortInterest(short_shares=1), ShortInterest(short_shares=2), usItemList=[{"sharesShort": 1}]
    ),
)

CASES: tuple[Case, ...] = ARK + CAPITAL + RANKING + VOLUME + INTEREST

#: pages by the key that leads to each: rows' days, and the nextKey that is sent with them (None: none is)
PAGES: dict[str, dict[str, tuple[list[str], str | None]]] = {
    "ENDSWITHMINUSONE": {"": (["2026-05-08"], "k 1"), "k 1": (["2026-05-07"], "k/2"), "k/2": (["2026-05-06"], "-1")},
    "ENDSWITHEMPTY": {"": (["2026-05-08"], "0"), "0": (["2026-05-07"], "ÿ"), "ÿ": (["2026-05-06"], "")},
    "ENDSWITHNONE": {"": (["2026-05-08"], "x" * 4000), "x" * 4000: (["2026-05-07"], "-2"), "-2": (["2026-05-06"], None)},
    "GOESROUND": {"": (["2026-05-08"], "a"), "a": (["2026-05-07"], "b"), "b": (["2026-05-06"], "a")},
    "BEGINSAGAIN": {"": (["2026-05-08"], "a"), "a": (["2026-05-07"], "a")},
    "EMPTYPAGE": {"": (["2026-05-08"], "a"), "a": ([], "b")},
    "TOOMANY": {"": (["2026-05-08"] * 3, "a")},
}

#: whole replies that are no answer, by code
REFUSALS: dict[str, dict[str, Any]] = {
    "FAILED": {"retType": -1, "retMsg": "no data", "errCode": 1234},
    "SILENT": {"retType": -1},
    "INVALID": {"retType": -500, "retMsg": "invalid packet"},
    "UNKNOWNRESULT": {"retType": -400, "retMsg": "unknown result"},
    "POSITIVE": {"retType": 7, "retMsg": "seven"},
    "LEASTCODE": {"retType": LEAST_32, "retMsg": "least"},
    "WITHDATA": {"retType": -1, "retMsg": "half done", "s2c": {}},
    "CONTROLS": {"retType": -1, "retMsg": "one\ntwo\x1b[31m\x00three"},
    "LONG": {"retType": -1, "retMsg": "x" * 5000},
    "TIMEOUT": {"retType": -100, "retMsg": "timed out"},
    "DISCONNECTED": {"retType": -200, "retMsg": "disconnected"},
    "QUOTA": {"retType": -1, "retMsg": "获取每日卖空量频率太高，请求失败，每30秒最多30次。"},
    "QUOTATEN": {"retType": -1, "retMsg": "获取每日卖空量频率太高，请求失败，每10秒最多5次。"},
    "QUOTAENGLISH": {"retType": -1, "retMsg": "Request too frequent: at most 30 times in 15 s"},
    "RIGHTS": {"retType": -1, "retMsg": "无权限获取该数据"},
    "RIGHTSENGLISH": {"retType": -1, "retMsg": "No permission for this market"},
    "NOPAYLOAD": {"retType": 0},
    "NOTYPE": {},
}

#: replies to ark_dynamic, capital_distribution and the others whose payload breaks the protocol
BROKEN: dict[tuple[str, str], dict[str, Any]] = {
    ("ark_dynamic", "US.NODAY"): {"lastTransactionTime": "yesterday"},
    ("capital_distribution", "HK.INCOMPLETE"): {"capitalInBig": 1.0, "capitalInMid": 2.0},
    ("capital_distribution", "HK.NOTIME"): {**dict.fromkeys(_MONEY, 1.0), "updateTimestamp": nan},
    ("capital_distribution", "HK.FARTIME"): {**dict.fromkeys(_MONEY, 1.0), "updateTimestamp": inf},
    ("broker_ranking", "HK.FARTIME"): {"dataTime": MOST_64},
    ("broker_ranking", "HK.LONGAGO"): {"dataTime": LEAST_64},
    ("broker_ranking", "HK.NOTIME"): {"dataTimeStr": "noon"},
    ("short_volume", "HK.FARDAY"): {"hkItemList": [{"timestamp": MOST_64}]},
    ("short_volume", "HK.NODAY"): {"hkItemList": [{"timestampStr": "2026-02-30"}]},
    ("short_interest", "US.NODAY"): {"usItemList": [{"timestampStr": "31/02/2026"}]},
}


def _ok(s2c: dict[str, Any]) -> dict[str, Any]:
    return {"retType": 0, "retMsg": "", "errCode": 0, "s2c": s2c}


def _page(days: list[str], key: str | None) -> dict[str, Any]:
    rows = [{"timestampStr": day} for day in days]
    return {"usItemList": rows} if key is None else {"usItemList": rows, "nextKey": key}


def _key(method: str, symbol: str, key: str = "") -> str:
    market, _, code = symbol.partition(".")
    return f"{PROTOCOLS[method]} {MARKETS[market]} {code} {key}"


#: what official_gateway.py is given
REPLIES: dict[str, dict[str, Any]] = {
    **{_key(case.method, case.symbol): {"response": _ok(case.s2c), "tail": case.tail} for case in CASES},
    **{
        _key(method, f"US.{code}", key): {"response": _ok(_page(*page))}
        for method in ("short_volume", "short_interest")
        for code, pages in PAGES.items()
        for key, page in pages.items()
    },
    **{_key(method, f"HK.{code}"): {"response": refusal} for method in PROTOCOLS for code, refusal in REFUSALS.items()},
    **{_key(method, symbol): {"response": _ok(s2c)} for (method, symbol), s2c in BROKEN.items()},
    _key("ark_dynamic", "US.WAITS"): {"response": _ok({"netShares": 1}), "after_keep_alive": True},
}
