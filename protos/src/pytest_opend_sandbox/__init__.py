"""Brings the sandbox gateway to pytest: two fixtures, and a mark that says which sandbox.

* ``opend_sandbox``: a sandbox for one test, on a thread of its own. Any client can ask it, at its ``host`` and ``port``.
* ``opend_brokers``: brokerport's registry, with every broker behind OpenD pointed at that sandbox.
* ``@pytest.mark.opend_sandbox(scenario="flaky.toml", seed=3)``: what the sandbox is made with, as ``Sandbox`` takes it. A scenario's path
  is read from the folder of the test.

pytest imports this at every start where it is installed. So it imports nothing else before a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from brokerport import Registry
    from brokerport_opend.sandbox import Sandbox

MARK = "opend_sandbox"


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", f"{MARK}(scenario=PATH, seed=N, ...): what the fixture opend_sandbox is made with")


@pytest.fixture
def opend_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox for one test. ``fault`` and ``faults`` switch faults on, ``requests`` tells what it was asked."""
    from brokerport_opend.sandbox import Sandbox

    mark = request.node.get_closest_marker(MARK)
    options = dict(mark.kwargs) if mark else {}
    if mark and mark.args:
        raise pytest.UsageError(f"{request.node.nodeid}: the mark {MARK} takes names with values only, as Sandbox does")
    if isinstance(options.get("scenario"), str):
        options["scenario"] = request.path.parent / options["scenario"]
    with Sandbox(**options) as sandbox:
        yield sandbox


@pytest.fixture
def opend_brokers(opend_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The shared registry: in this test, ``get("moomoo")`` and every other name of a broker behind OpenD is the sandbox.

    It is done by the environment, which beats the TOML file and is handed on to subprocesses; what the code under test gives as keyword
    arguments beats both. The clients that the registry gave out are closed at the end.
    """
    from brokerport import registry

    for name in _names(registry):
        prefix = f"BROKERPORT_{name.upper().replace('-', '_')}_"
        monkeypatch.setenv(f"{prefix}HOST", opend_sandbox.host)
        monkeypatch.setenv(f"{prefix}PORT", str(opend_sandbox.port))
        monkeypatch.setenv(f"{prefix}SANDBOX", "false")  # it would be another
        monkeypatch.delenv(f"{prefix}RSA_KEY", raising=False)
    yield registry
    registry.close()


def _names(registry: Registry) -> set[str]:
    """The brokers whose plugins say that they speak OpenD's protocol, and the profiles of those."""
    brokers = {plugin.name for plugin in registry.plugins() if plugin.manifest.same_as == "brokerport_opend"}
    return brokers | {profile.name for profile in registry.profiles() if profile.plugin in brokers}
