"""What a user can set for a broker behind OpenD."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path

from attrs import Attribute, field, frozen

from brokerport import InvalidRequestError, Settings
from brokerport.questions import arguments
from brokerport.reading import shown
from brokerport.settings.moot import UNLESS

_NAME = re.compile(r"[^\s:/\[\]@?#]+")
#: what people write for a host: a URL, brackets, a port
_ADDRESS = re.compile(r"(?:\w+://)?(?:\[(?P<inner>[^\]]+)\]|(?P<plain>[^:/\[\]]+))(?::(?P<port>\d+))?/?")


def _key(_: object, __: object, value: Path | None) -> None:
    # Only that it can be a path: the file is looked at by the first call, as a client costs nothing until it is asked.
    if value is not None and not (isinstance(value, str | Path) and str(value).strip()):
        raise InvalidRequestError(f"rsa_key={shown.value(value)} is no path; write that of the gateway's private key, or leave it out")


def _host(_: object, __: object, value: object) -> None:
    if not isinstance(value, str) or not _is_host(value):
        raise InvalidRequestError(f"host={shown.value(value)} is no host; {_meant(value)}")


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return _NAME.fullmatch(text) is not None and text.isprintable()
    return True


def _meant(value: object) -> str:
    """What to write instead."""
    found = _ADDRESS.fullmatch(value.strip()) if isinstance(value, str) else None
    host = (found["inner"] or found["plain"]).strip() if found else ""
    if not found or not _is_host(host):
        return "write a name or an address, such as '127.0.0.1' or '::1'"
    return (
        f"host and port are two settings: host={shown.value(host)}, port={found['port']}"
        if found["port"]
        else f"write host={shown.value(host)}"
    )


def _port(_: object, __: object, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
        raise InvalidRequestError(f"port={shown.value(value)} is no port; write a number from 1 to 65535, such as 11111")


def _switch(_: object, setting: Attribute[bool], value: bool) -> None:  # attrs passes it so
    arguments.switch(setting.name, value)


@frozen(kw_only=True)
class OpenDSettings(Settings):
    """Where the gateway is, and how to use it."""

    host: str = field(default="127.0.0.1", validator=_host, metadata={UNLESS: "sandbox"})  #: name or address, IPv4 or IPv6
    port: int = field(default=11111, validator=_port, metadata={UNLESS: "sandbox"})  #: where it listens
    rsa_key: Path | None = field(default=None, validator=_key)  #: file of the RSA key that the gateway has too; encrypts
    rsa_key_mounted: bool = field(default=False, validator=_switch)  #: the key is a secret that a container's runtime mounts
    sandbox: bool = field(default=False, validator=_switch)  #: start a sandbox gateway and ask that: synthetic data
