from brokerport_opend.messages import quote_pb2 as _quote_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class C2S(_message.Message):
    __slots__ = ("security", "nextKey", "num")
    SECURITY_FIELD_NUMBER: _ClassVar[int]
    NEXTKEY_FIELD_NUMBER: _ClassVar[int]
    NUM_FIELD_NUMBER: _ClassVar[int]
    security: _quote_pb2.Security
    nextKey: str
    num: int
    def __init__(self, security: _Optional[_Union[_quote_pb2.Security, _Mapping[str, object]]] = ..., nextKey: _Optional[str] = ..., num: _Optional[int] = ...) -> None: ...

class UsDailyShortVolumeItem(_message.Message):
    __slots__ = ("timestamp", "timestampStr", "totalSharesShort", "nasdaqSharesShort", "nyseSharesShort", "shortPercent", "volume", "closePrice", "lastClosePrice", "dailyTradeAvgRatio")
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMPSTR_FIELD_NUMBER: _ClassVar[int]
    TOTALSHARESSHORT_FIELD_NUMBER: _ClassVar[int]
    NASDAQSHARESSHORT_FIELD_NUMBER: _ClassVar[int]
    NYSESHARESSHORT_FIELD_NUMBER: _ClassVar[int]
    SHORTPERCENT_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    CLOSEPRICE_FIELD_NUMBER: _ClassVar[int]
    LASTCLOSEPRICE_FIELD_NUMBER: _ClassVar[int]
    DAILYTRADEAVGRATIO_FIELD_NUMBER: _ClassVar[int]
    timestamp: int
    timestampStr: str
    totalSharesShort: int
    nasdaqSharesShort: int
    nyseSharesShort: int
    shortPercent: float
    volume: int
    closePrice: float
    lastClosePrice: float
    dailyTradeAvgRatio: float
    def __init__(self, timestamp: _Optional[int] = ..., timestampStr: _Optional[str] = ..., totalSharesShort: _Optional[int] = ..., nasdaqSharesShort: _Optional[int] = ..., nyseSharesShort: _Optional[int] = ..., shortPercent: _Optional[float] = ..., volume: _Optional[int] = ..., closePrice: _Optional[float] = ..., lastClosePrice: _Optional[float] = ..., dailyTradeAvgRatio: _Optional[float] = ...) -> None: ...

class HkDailyShortVolumeItem(_message.Message):
    __slots__ = ("timestamp", "timestampStr", "sharesTraded", "turnover", "shortSellSharesTraded", "shortSellTurnover", "openPrice", "closePrice", "lastClosePrice", "dailyTradeAvgRatio")
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMPSTR_FIELD_NUMBER: _ClassVar[int]
    SHARESTRADED_FIELD_NUMBER: _ClassVar[int]
    TURNOVER_FIELD_NUMBER: _ClassVar[int]
    SHORTSELLSHARESTRADED_FIELD_NUMBER: _ClassVar[int]
    SHORTSELLTURNOVER_FIELD_NUMBER: _ClassVar[int]
    OPENPRICE_FIELD_NUMBER: _ClassVar[int]
    CLOSEPRICE_FIELD_NUMBER: _ClassVar[int]
    LASTCLOSEPRICE_FIELD_NUMBER: _ClassVar[int]
    DAILYTRADEAVGRATIO_FIELD_NUMBER: _ClassVar[int]
    timestamp: int
    timestampStr: str
    sharesTraded: int
    turnover: float
    shortSellSharesTraded: int
    shortSellTurnover: float
    openPrice: float
    closePrice: float
    lastClosePrice: float
    dailyTradeAvgRatio: float
    def __init__(self, timestamp: _Optional[int] = ..., timestampStr: _Optional[str] = ..., sharesTraded: _Optional[int] = ..., turnover: _Optional[float] = ..., shortSellSharesTraded: _Optional[int] = ..., shortSellTurnover: _Optional[float] = ..., openPrice: _Optional[float] = ..., closePrice: _Optional[float] = ..., lastClosePrice: _Optional[float] = ..., dailyTradeAvgRatio: _Optional[float] = ...) -> None: ...

class S2C(_message.Message):
    __slots__ = ("usItemList", "hkItemList", "nextKey", "aggregatedShort", "aggregatedShortRatio", "newTimeStr")
    USITEMLIST_FIELD_NUMBER: _ClassVar[int]
    HKITEMLIST_FIELD_NUMBER: _ClassVar[int]
    NEXTKEY_FIELD_NUMBER: _ClassVar[int]
    AGGREGATEDSHORT_FIELD_NUMBER: _ClassVar[int]
    AGGREGATEDSHORTRATIO_FIELD_NUMBER: _ClassVar[int]
    NEWTIMESTR_FIELD_NUMBER: _ClassVar[int]
    usItemList: _containers.RepeatedCompositeFieldContainer[UsDailyShortVolumeItem]
    hkItemList: _containers.RepeatedCompositeFieldContainer[HkDailyShortVolumeItem]
    nextKey: str
    aggregatedShort: int
    aggregatedShortRatio: float
    newTimeStr: str
    def __init__(self, usItemList: _Optional[_Iterable[_Union[UsDailyShortVolumeItem, _Mapping[str, object]]]] = ..., hkItemList: _Optional[_Iterable[_Union[HkDailyShortVolumeItem, _Mapping[str, object]]]] = ..., nextKey: _Optional[str] = ..., aggregatedShort: _Optional[int] = ..., aggregatedShortRatio: _Optional[float] = ..., newTimeStr: _Optional[str] = ...) -> None: ...

class Request(_message.Message):
    __slots__ = ("c2s",)
    C2S_FIELD_NUMBER: _ClassVar[int]
    c2s: C2S
    def __init__(self, c2s: _Optional[_Union[C2S, _Mapping[str, object]]] = ...) -> None: ...

class Response(_message.Message):
    __slots__ = ("retType", "retMsg", "errCode", "s2c")
    RETTYPE_FIELD_NUMBER: _ClassVar[int]
    RETMSG_FIELD_NUMBER: _ClassVar[int]
    ERRCODE_FIELD_NUMBER: _ClassVar[int]
    S2C_FIELD_NUMBER: _ClassVar[int]
    retType: int
    retMsg: str
    errCode: int
    s2c: S2C
    def __init__(self, retType: _Optional[int] = ..., retMsg: _Optional[str] = ..., errCode: _Optional[int] = ..., s2c: _Optional[_Union[S2C, _Mapping[str, object]]] = ...) -> None: ...
