"""The command line as it is used: arguments in; an exit code, data and words out."""

from __future__ import annotations

import asyncio
import os
import textwrap
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from threading import Thread

import pytest

from brokerport.cli import main
from core.cli.running import AddPlugin, Ended, Run, Serve
from protos.gateway import Gateway, Script


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("BROKERPORT_"):
            monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        return Ended(main(arguments), *capsys.readouterr())

    return run


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Have a gateway play a script; gives the options that lead there."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    stack = AsyncExitStack()

    def serve(script: Script) -> tuple[str, ...]:
        gateway = asyncio.run_coroutine_threadsafe(stack.enter_async_context(Gateway(script)), loop).result(2)
        return ("--host", gateway.host, "--port", str(gateway.port))

    yield serve
    asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(2)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def add_plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AddPlugin:
    """Install a plugin: a module, and the metadata that lead to it."""
    monkeypatch.syspath_prepend(tmp_path)

    def add_plugin(name: str, source: str) -> None:
        metadata = tmp_path / f"brokerport_{name}-1.2.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: brokerport-{name}\nVersion: 1.2\n")
        (metadata / "entry_points.txt").write_text(f"[brokerport]\n{name} = plugin_{name}\n")
        (tmp_path / f"plugin_{name}.py").write_text(textwrap.dedent(source))

    return add_plugin
