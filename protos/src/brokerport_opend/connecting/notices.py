"""What a gateway says of its own login, in Notify pushes."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from brokerport_opend.endpoints.endpoint import LARGEST
from brokerport_opend.endpoints.replies import clean
from brokerport_opend.messages import notify_pb2 as notify
from brokerport_opend.wire.connection import Push
from brokerport_opend.wire.pushes import NOTIFY

#: the events after which connecting again would take the login from somebody else, or cannot help
FAREWELLS: dict[int, str] = {
    notify.GtwEventType_KickedOut: "the account logged in elsewhere",
    notify.GtwEventType_LoginPwdChanged: "the account's password was changed",
    notify.GtwEventType_BanLogin: "the broker forbids the account to log in",
}


def read(push: Push) -> notify.S2C | None:
    """What a push says, where it is a notice that can be read; pushes ask nobody for anything, so others are passed over."""
    if push.proto_id != NOTIFY or len(push.body) > LARGEST:
        return None
    try:
        return notify.Response.FromString(push.body).s2c
    except DecodeError:
        return None


def farewell(told: notify.S2C | None) -> str | None:
    """Why the gateway lost its login for good; None when the notice does not say that it did."""
    if told is None or told.type != notify.NotifyType_GtwEvent or told.event.eventType not in FAREWELLS:
        return None
    return f"{FAREWELLS[told.event.eventType]} ({clean(told.event.desc) or 'no reason given'})"


def logged_in(told: notify.S2C | None) -> bool:
    """Whether the notice says that the gateway is logged in, perhaps again."""
    return told is not None and told.type == notify.NotifyType_ConnStatus and told.connectStatus.qotLogined
