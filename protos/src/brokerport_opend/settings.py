"""What a user can set for a broker behind OpenD."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen
from attrs.validators import instance_of

from brokerport import InvalidRequestError, Settings


def _key(_: object, __: object, value: Path | None) -> None:
    # Only that it can be a path: the file is looked at by the first call, as a client costs nothing until it is asked.
    if value is not None and not (isinstance(value, str | Path) and str(value).strip()):
        raise InvalidRequestError(f"rsa_key={value!r} is no path; write that of the gateway's private key, or leave it out")


def _host(_: object, __: object, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequestError(f"host={value!r} is no host; write a name or an address, such as '127.0.0.1' or '::1'")


def _port(_: object, __: object, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
        raise InvalidRequestError(f"port={value!r} is no port; write a number from 1 to 65535, such as 11111")


@frozen(kw_only=True)
class OpenDSettings(Settings):
    """Where the gateway is, and how to use it."""

    host: str = field(default="127.0.0.1", validator=_host)  #: name or address, IPv4 or IPv6
    port: int = field(default=11111, validator=_port)  #: where it listens
    rsa_key: Path | None = field(default=None, validator=_key)  #: file of the RSA key that the gateway has too; encrypts
    sandbox: bool = field(default=False, validator=instance_of(bool))  #: start a sandbox gateway and ask that: synthetic data
    quotas: bool = field(default=True, validator=instance_of(bool))  #: wait for the broker's quotas; False lets the gateway refuse
