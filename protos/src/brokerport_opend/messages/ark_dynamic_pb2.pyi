from brokerport_opend.messages import quote_pb2 as _quote_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DynamicType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DynamicType_Unknown: _ClassVar[DynamicType]
    DynamicType_ConsecutiveSameDirection: _ClassVar[DynamicType]
    DynamicType_RecentTransaction: _ClassVar[DynamicType]
    DynamicType_LastTransaction: _ClassVar[DynamicType]
    DynamicType_NoDynamic: _ClassVar[DynamicType]
DynamicType_Unknown: DynamicType
DynamicType_ConsecutiveSameDirection: DynamicType
DynamicType_RecentTransaction: DynamicType
DynamicType_LastTransaction: DynamicType
DynamicType_NoDynamic: DynamicType

class C2S(_message.Message):
    __slots__ = ("security",)
    SECURITY_FIELD_NUMBER: _ClassVar[int]
    security: _quote_pb2.Security
    def __init__(self, security: _Optional[_Union[_quote_pb2.Security, _Mapping[str, object]]] = ...) -> None: ...

class S2C(_message.Message):
    __slots__ = ("dynamicType", "transactionCount", "netShares", "lastTransactionTime")
    DYNAMICTYPE_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONCOUNT_FIELD_NUMBER: _ClassVar[int]
    NETSHARES_FIELD_NUMBER: _ClassVar[int]
    LASTTRANSACTIONTIME_FIELD_NUMBER: _ClassVar[int]
    dynamicType: int
    transactionCount: int
    netShares: int
    lastTransactionTime: str
    def __init__(self, dynamicType: _Optional[int] = ..., transactionCount: _Optional[int] = ..., netShares: _Optional[int] = ..., lastTransactionTime: _Optional[str] = ...) -> None: ...

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
