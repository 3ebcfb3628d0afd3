from brokerport_opend.messages import quote_pb2 as _quote_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class C2S(_message.Message):
    __slots__ = ("security", "daysBefore")
    SECURITY_FIELD_NUMBER: _ClassVar[int]
    DAYSBEFORE_FIELD_NUMBER: _ClassVar[int]
    security: _quote_pb2.Security
    daysBefore: int
    def __init__(self, security: _Optional[_Union[_quote_pb2.Security, _Mapping[str, object]]] = ..., daysBefore: _Optional[int] = ...) -> None: ...

class BrokerItem(_message.Message):
    __slots__ = ("netVol", "brokerName", "buySellType", "avgPrice", "totalVol", "totalTurnover")
    NETVOL_FIELD_NUMBER: _ClassVar[int]
    BROKERNAME_FIELD_NUMBER: _ClassVar[int]
    BUYSELLTYPE_FIELD_NUMBER: _ClassVar[int]
    AVGPRICE_FIELD_NUMBER: _ClassVar[int]
    TOTALVOL_FIELD_NUMBER: _ClassVar[int]
    TOTALTURNOVER_FIELD_NUMBER: _ClassVar[int]
    netVol: int
    brokerName: str
    buySellType: _quote_pb2.BuySellType
    avgPrice: float
    totalVol: float
    totalTurnover: float
    def __init__(self, netVol: _Optional[int] = ..., brokerName: _Optional[str] = ..., buySellType: _Optional[_Union[_quote_pb2.BuySellType, str]] = ..., avgPrice: _Optional[float] = ..., totalVol: _Optional[float] = ..., totalTurnover: _Optional[float] = ...) -> None: ...

class S2C(_message.Message):
    __slots__ = ("isRealTime", "dataTime", "dataTimeStr", "brokerList")
    ISREALTIME_FIELD_NUMBER: _ClassVar[int]
    DATATIME_FIELD_NUMBER: _ClassVar[int]
    DATATIMESTR_FIELD_NUMBER: _ClassVar[int]
    BROKERLIST_FIELD_NUMBER: _ClassVar[int]
    isRealTime: bool
    dataTime: int
    dataTimeStr: str
    brokerList: _containers.RepeatedCompositeFieldContainer[BrokerItem]
    def __init__(self, isRealTime: bool = ..., dataTime: _Optional[int] = ..., dataTimeStr: _Optional[str] = ..., brokerList: _Optional[_Iterable[_Union[BrokerItem, _Mapping[str, object]]]] = ...) -> None: ...

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
