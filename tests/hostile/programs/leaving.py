"""Plugins that try to end the program, or a wait of it, wherever they are run; it prints its tally.

Argument: how often each is met.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from brokerport import ArkDynamic, ArkProvider, Capability, Client, PluginError, Registry, Source, Symbol
from hostile.attack import Tally

ASKED = "US.TSLA"


class Own(BaseException):
    """What a plugin made for itself."""


EXITS: tuple[type[BaseException], ...] = (SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, Own)
PLACES = ("import", "factory", "answer", "capabilities", "aclose", "observer")


class Leaver(ArkProvider):
    """Raises in one place."""

    def __init__(self, place: str = "", kind: type[BaseException] = Own) -> None:
        self._place, self._kind = place, kind

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """An answer without rows."""
        self._leave("answer")
        return ArkDynamic(symbol=symbol, source=Source("leaver", datetime.now(UTC)))

    def capabilities(self) -> tuple[Capability, ...]:
        """Its one question."""
        self._leave("capabilities")
        return super().capabilities()

    async def aclose(self) -> None:
        """Nothing is open."""
        self._leave("aclose")

    def _leave(self, place: str) -> None:
        if place == self._place:
            raise self._kind("leaver leaves")


def factory(place: str, kind: type[BaseException]) -> Callable[[object], Leaver]:
    """What the registry is given."""

    def make(settings: object) -> Leaver:
        del settings
        if place == "factory":
            raise kind("leaver leaves")
        return Leaver(place, kind)

    return make


def installed(folder: Path, kind: type[BaseException]) -> str:
    """A plugin that raises when it is imported; its name."""
    name = f"leaver{len([*folder.glob('*.py')])}"
    code = {Own: "class Own(BaseException): pass\n", asyncio.CancelledError: "from asyncio import CancelledError\n"}.get(kind, "")
    (folder / f"{name}.py").write_text(f"{code}raise {kind.__name__}('leaver leaves')\n", "utf-8")
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[brokerport]\n{name} = {name}\n", "utf-8")
    return name


def meet(place: str, kind: type[BaseException], folder: Path, tally: Tally) -> None:
    """One plugin, and a good one beside it, which must not notice."""
    registry = Registry()
    name = "leaver"
    if place == "import":
        name = installed(folder, kind)
    else:
        registry.register(name, factory(place, kind))
    registry.register("good", factory("", Own))
    if place == "observer":

        def hear(event: object) -> None:
            raise kind("leaver leaves")

        registry.observe(hear)
    refused: tuple[type[BaseException], ...] = (PluginError,) if place in {"import", "factory", "answer", "capabilities"} else ()
    if kind is KeyboardInterrupt:  # which may be the user's, as far as anybody can tell
        refused += (KeyboardInterrupt,)
    good = registry.get("good")
    with tally.meet(*refused):
        _ask(registry.get(name), place)
        assert PluginError not in refused, f"{kind.__name__} in {place} was taken for an answer"
    with tally.meet():
        good.ark_dynamic(ASKED, timeout=5)
    with tally.meet():
        registry.close()
        assert good.closed, "the good one was not closed"
    with tally.meet(*refused):
        asyncio.run(_ask_async(registry, name))
        assert PluginError not in refused, f"{kind.__name__} in {place} was taken for an answer"


def _ask(client: Client, place: str) -> None:
    try:
        client.ark_dynamic(ASKED, timeout=5)
    except PluginError as error:
        if client.broker not in str(error):
            raise AssertionError(f"the error of {place} does not name the plugin: {error}") from error
        raise
    finally:
        client.close()


async def _ask_async(registry: Registry, name: str) -> None:
    async with registry.get_async(name) as client:
        await client.ark_dynamic(ASKED, timeout=5)


def main(times: int) -> Tally:
    """Every place, with everything that may be raised there."""
    tally = Tally()
    with TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        for place, kind in [*product(PLACES, EXITS)] * times:
            before = len(tally.broken)
            meet(place, kind, Path(folder), tally)
            tally.broken[before:] = [f"{kind.__name__} in {place}: {each}" for each in tally.broken[before:]]
        left = [thread.name for thread in threading.enumerate() if thread.name == "brokerport"]
        if left:
            tally.wrong(f"still running: {left}")
    return tally


if __name__ == "__main__":
    import logging

    logging.getLogger("brokerport").addHandler(logging.NullHandler())
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    print(main(int(sys.argv[1])).to_json(), flush=True)
