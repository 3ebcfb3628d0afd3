"""What type checkers know of settings; mypy reads this with all the rest, pyright by ``test_checkers.py``, and nobody runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

from attrs import frozen

from brokerport import CAPITAL_DISTRIBUTION, SHORT_VOLUME, AsyncClient, Broker, Client, Secret, Settings, registry
from brokerport.comparing.comparison import Comparison
from brokerport.explaining.explanation import Explanation


@frozen(kw_only=True)
class AcmeSettings(Settings):
    """Of another project's plugin."""

    file: Path = Path("acme.db")
    token: Secret | None = None


ACME = Broker("acme", AcmeSettings)


def shipped() -> None:
    """The brokers that come with brokerport are known by their names."""
    assert_type(registry.get("moomoo"), Client)
    assert_type(registry.get("moomoo", host="127.0.0.1", port=11111, rsa_key=Path("key"), sandbox=True, timeout=5), Client)
    assert_type(registry.get("futu", rsa_key="key.pem", quotas=False, share=False, timeout=2.5), Client)
    assert_type(registry.get("finra", url="http://127.0.0.1", cache="folder", concurrency=2), Client)
    assert_type(registry.get_async("moomoo", sandbox=True), AsyncClient)
    assert_type(registry.get_async("finra", cache=None), AsyncClient)
    assert_type(registry.route("moomoo", "futu", sandbox=True, timeout=5), Client)
    assert_type(registry.route("moomoo", "finra", port=11111, concurrency=2), Client)
    assert_type(registry.route_async("futu", "acme", port=11111), AsyncClient)


def refused() -> None:
    """What no broker has is an error, and so is a value of a wrong type."""
    registry.get("moomoo", prot=11111)  # type: ignore[call-overload]
    registry.get("moomoo", port="11111")  # type: ignore[call-overload]
    registry.get("futu", sandbox="yes")  # type: ignore[call-overload]
    registry.get("finra", concurrency="4")  # type: ignore[call-overload]
    registry.get("moomoo", timeout="5")  # type: ignore[call-overload]
    registry.get("moomoo", 11111)  # type: ignore[call-overload]
    registry.get(7)  # type: ignore[call-overload]
    registry.get_async("futu", hots="127.0.0.1")  # type: ignore[call-overload]
    registry.route("moomoo", "futu", prot=11111)  # type: ignore[call-overload]
    registry.route("moomoo", "futu", port="11111")  # type: ignore[call-overload]
    registry.route(["moomoo", "futu"])  # type: ignore[call-overload]
    registry.route_async("moomoo", sandbox=1.5)  # type: ignore[call-overload]


def strangers(name: str, settings: dict[str, Any]) -> None:
    """Another project's plugin offers a Broker; a name that is only known at run time has the settings of all that are shipped."""
    assert_type(registry.get(ACME, file=Path("acme.db"), token=Secret("text"), timeout=5), Client)
    assert_type(registry.get_async(ACME, file=Path("acme.db")), AsyncClient)
    assert_type(registry.get("acme"), Client)
    assert_type(registry.get("acme", **settings), Client)
    assert_type(registry.get(name, sandbox=True), Client)
    assert_type(registry.route(name, ACME, **settings), Client)
    registry.get(ACME, flie=Path("acme.db"))  # type: ignore[call-overload]
    registry.get(ACME, file=7)  # type: ignore[call-overload]
    registry.get(name, file=7)  # type: ignore[call-overload]


def questions(name: str) -> None:
    """A question is named, or is itself."""
    assert_type(registry.explain("moomoo", SHORT_VOLUME, "HK.00700", sandbox=True), Explanation)
    assert_type(registry.explain(ACME, "short_volume", "HK.00700", timeout=5.0, probe=False), Explanation)
    assert_type(registry.who_can(CAPITAL_DISTRIBUTION, "HK.00700"), tuple[str, ...])
    assert_type(registry.compare("moomoo", name, SHORT_VOLUME, "HK.00700", limit=3), Comparison)
    registry.explain("moomoo", 5)  # type: ignore[arg-type]
    registry.explain("moomoo", SHORT_VOLUME, "HK.00700", prot=5)  # type: ignore[call-arg]
    registry.who_can(7)  # type: ignore[arg-type]
