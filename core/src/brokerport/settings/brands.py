"""The settings of the brokers that this project ships, for type checkers: they see no entry points, and core imports no plugin.

Nothing imports this at run time. ``tests/typing/test_brands.py`` holds it against the plugins' own classes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypedDict

OpenDName = Literal["futu", "moomoo"]
FinraName = Literal["finra"]


class Usual(TypedDict, total=False):
    """What every broker has, beside ``timeout``: see ``brokerport.Settings``."""

    quotas: bool
    """Wait for the broker's quotas; False sends at once and lets it refuse. True unless it is set."""
    share: bool
    """Who asks the same at the same time shares one request. True unless it is set."""


class OpenD(Usual, total=False):
    """Of a broker behind OpenD: see ``brokerport_opend.OpenDSettings``."""

    host: str
    """Where the gateway is: a name or an address, IPv4 or IPv6; 127.0.0.1 unless it is set."""
    port: int
    """Where it listens; 11111 unless it is set."""
    rsa_key: str | Path | None
    """File of the RSA key that the gateway has too; encrypts."""
    rsa_key_mounted: bool
    """The key is a secret that a container's runtime mounts."""
    sandbox: bool
    """Start a sandbox gateway and ask that: synthetic data."""


class Finra(Usual, total=False):
    """Of FINRA's files: see ``brokerport_finra.FinraSettings``."""

    url: str
    """The folder that holds the daily files."""
    cache: str | Path | None
    """Folder on disk for files that change no more; off unless it is set."""
    cache_mib: int
    """Most MiB that the files there take; the oldest days go first. 4096 unless it is set."""
    concurrency: int
    """Most downloads at the same time, 1 to 16; 4 unless it is set."""


class Shipped(OpenD, Finra, total=False):
    """Of a broker whose name is known at run time only, and of a route, whose brokers each take those that they have."""
