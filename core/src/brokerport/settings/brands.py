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
    share: bool


class OpenD(Usual, total=False):
    """Of a broker behind OpenD: see ``brokerport_opend.OpenDSettings``."""

    host: str
    port: int
    rsa_key: str | Path | None
    sandbox: bool


class Finra(Usual, total=False):
    """Of FINRA's files: see ``brokerport_finra.FinraSettings``."""

    url: str
    cache: str | Path | None
    concurrency: int


class Shipped(OpenD, Finra, total=False):
    """Of a route, whose brokers each take those that they have."""
