from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class QotMarket(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QotMarket_Unknown: _ClassVar[QotMarket]
    QotMarket_HK_Security: _ClassVar[QotMarket]
    QotMarket_HK_Future: _ClassVar[QotMarket]
    QotMarket_US_Security: _ClassVar[QotMarket]
    QotMarket_CNSH_Security: _ClassVar[QotMarket]
    QotMarket_CNSZ_Security: _ClassVar[QotMarket]
    QotMarket_SG_Security: _ClassVar[QotMarket]
    QotMarket_JP_Security: _ClassVar[QotMarket]
    QotMarket_AU_Security: _ClassVar[QotMarket]
    QotMarket_MY_Security: _ClassVar[QotMarket]
    QotMarket_CA_Security: _ClassVar[QotMarket]
    QotMarket_FX_Security: _ClassVar[QotMarket]
    QotMarket_CC_Security: _ClassVar[QotMarket]
    QotMarket_EventContract: _ClassVar[QotMarket]

class QotMarketState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QotMarketState_None: _ClassVar[QotMarketState]
    QotMarketState_Auction: _ClassVar[QotMarketState]
    QotMarketState_WaitingOpen: _ClassVar[QotMarketState]
    QotMarketState_Morning: _ClassVar[QotMarketState]
    QotMarketState_Rest: _ClassVar[QotMarketState]
    QotMarketState_Afternoon: _ClassVar[QotMarketState]
    QotMarketState_Closed: _ClassVar[QotMarketState]
    QotMarketState_PreMarketBegin: _ClassVar[QotMarketState]
    QotMarketState_PreMarketEnd: _ClassVar[QotMarketState]
    QotMarketState_AfterHoursBegin: _ClassVar[QotMarketState]
    QotMarketState_AfterHoursEnd: _ClassVar[QotMarketState]
    QotMarketState_FUTU_SWITCH_DATE: _ClassVar[QotMarketState]
    QotMarketState_NightOpen: _ClassVar[QotMarketState]
    QotMarketState_NightEnd: _ClassVar[QotMarketState]
    QotMarketState_FutureDayOpen: _ClassVar[QotMarketState]
    QotMarketState_FutureDayBreak: _ClassVar[QotMarketState]
    QotMarketState_FutureDayClose: _ClassVar[QotMarketState]
    QotMarketState_FutureDayWaitForOpen: _ClassVar[QotMarketState]
    QotMarketState_HkCas: _ClassVar[QotMarketState]
    QotMarketState_FutureNightWait: _ClassVar[QotMarketState]
    QotMarketState_FutureAfternoon: _ClassVar[QotMarketState]
    QotMarketState_FutureSwitchDate: _ClassVar[QotMarketState]
    QotMarketState_FutureOpen: _ClassVar[QotMarketState]
    QotMarketState_FutureBreak: _ClassVar[QotMarketState]
    QotMarketState_FutureBreakOver: _ClassVar[QotMarketState]
    QotMarketState_FutureClose: _ClassVar[QotMarketState]
    QotMarketState_StibAfterHoursWait: _ClassVar[QotMarketState]
    QotMarketState_AShareAfterHoursWait: _ClassVar[QotMarketState]
    QotMarketState_StibAfterHoursBegin: _ClassVar[QotMarketState]
    QotMarketState_AShareAfterHoursBegin: _ClassVar[QotMarketState]
    QotMarketState_StibAfterHoursEnd: _ClassVar[QotMarketState]
    QotMarketState_AShareAfterHoursEnd: _ClassVar[QotMarketState]
    QotMarketState_CLOSE_AUCTION: _ClassVar[QotMarketState]
    QotMarketState_AFTERNOON_END: _ClassVar[QotMarketState]
    QotMarketState_NIGHT: _ClassVar[QotMarketState]
    QotMarketState_OVERNIGHT_BEGIN: _ClassVar[QotMarketState]
    QotMarketState_OVERNIGHT_END: _ClassVar[QotMarketState]
    QotMarketState_TRADE_AT_LAST: _ClassVar[QotMarketState]
    QotMarketState_TRADE_AUCTION: _ClassVar[QotMarketState]
    QotMarketState_OVERNIGHT: _ClassVar[QotMarketState]

class QotRight(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QotRight_Unknow: _ClassVar[QotRight]
    QotRight_Bmp: _ClassVar[QotRight]
    QotRight_Level1: _ClassVar[QotRight]
    QotRight_Level2: _ClassVar[QotRight]
    QotRight_SF: _ClassVar[QotRight]
    QotRight_No: _ClassVar[QotRight]
    QotRight_Level3: _ClassVar[QotRight]

class BuySellType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BuySellType_Unknown: _ClassVar[BuySellType]
    BuySellType_NetBuy: _ClassVar[BuySellType]
    BuySellType_NetSell: _ClassVar[BuySellType]
QotMarket_Unknown: QotMarket
QotMarket_HK_Security: QotMarket
QotMarket_HK_Future: QotMarket
QotMarket_US_Security: QotMarket
QotMarket_CNSH_Security: QotMarket
QotMarket_CNSZ_Security: QotMarket
QotMarket_SG_Security: QotMarket
QotMarket_JP_Security: QotMarket
QotMarket_AU_Security: QotMarket
QotMarket_MY_Security: QotMarket
QotMarket_CA_Security: QotMarket
QotMarket_FX_Security: QotMarket
QotMarket_CC_Security: QotMarket
QotMarket_EventContract: QotMarket
QotMarketState_None: QotMarketState
QotMarketState_Auction: QotMarketState
QotMarketState_WaitingOpen: QotMarketState
QotMarketState_Morning: QotMarketState
QotMarketState_Rest: QotMarketState
QotMarketState_Afternoon: QotMarketState
QotMarketState_Closed: QotMarketState
QotMarketState_PreMarketBegin: QotMarketState
QotMarketState_PreMarketEnd: QotMarketState
QotMarketState_AfterHoursBegin: QotMarketState
QotMarketState_AfterHoursEnd: QotMarketState
QotMarketState_FUTU_SWITCH_DATE: QotMarketState
QotMarketState_NightOpen: QotMarketState
QotMarketState_NightEnd: QotMarketState
QotMarketState_FutureDayOpen: QotMarketState
QotMarketState_FutureDayBreak: QotMarketState
QotMarketState_FutureDayClose: QotMarketState
QotMarketState_FutureDayWaitForOpen: QotMarketState
QotMarketState_HkCas: QotMarketState
QotMarketState_FutureNightWait: QotMarketState
QotMarketState_FutureAfternoon: QotMarketState
QotMarketState_FutureSwitchDate: QotMarketState
QotMarketState_FutureOpen: QotMarketState
QotMarketState_FutureBreak: QotMarketState
QotMarketState_FutureBreakOver: QotMarketState
QotMarketState_FutureClose: QotMarketState
QotMarketState_StibAfterHoursWait: QotMarketState
QotMarketState_AShareAfterHoursWait: QotMarketState
QotMarketState_StibAfterHoursBegin: QotMarketState
QotMarketState_AShareAfterHoursBegin: QotMarketState
QotMarketState_StibAfterHoursEnd: QotMarketState
QotMarketState_AShareAfterHoursEnd: QotMarketState
QotMarketState_CLOSE_AUCTION: QotMarketState
QotMarketState_AFTERNOON_END: QotMarketState
QotMarketState_NIGHT: QotMarketState
QotMarketState_OVERNIGHT_BEGIN: QotMarketState
QotMarketState_OVERNIGHT_END: QotMarketState
QotMarketState_TRADE_AT_LAST: QotMarketState
QotMarketState_TRADE_AUCTION: QotMarketState
QotMarketState_OVERNIGHT: QotMarketState
QotRight_Unknow: QotRight
QotRight_Bmp: QotRight
QotRight_Level1: QotRight
QotRight_Level2: QotRight
QotRight_SF: QotRight
QotRight_No: QotRight
QotRight_Level3: QotRight
BuySellType_Unknown: BuySellType
BuySellType_NetBuy: BuySellType
BuySellType_NetSell: BuySellType

class Security(_message.Message):
    __slots__ = ("market", "code")
    MARKET_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    market: int
    code: str
    def __init__(self, market: _Optional[int] = ..., code: _Optional[str] = ...) -> None: ...

class QotHeader(_message.Message):
    __slots__ = ("securityFirm",)
    SECURITYFIRM_FIELD_NUMBER: _ClassVar[int]
    securityFirm: int
    def __init__(self, securityFirm: _Optional[int] = ...) -> None: ...
