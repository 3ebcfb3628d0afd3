"""The plugin of the toys, and for each way that a plugin cannot be used one that brings a provider which keeps the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from core.testing import toys

MANIFEST = """
[capabilities.ark_dynamic]
quota = { requests = 1000, seconds = 1 }
[capabilities.capital_distribution]
quota = { requests = 1000, seconds = 1 }
[capabilities.broker_ranking]
quota = { requests = 1000, seconds = 1 }
[capabilities.short_volume]
markets = ["HK", "US"]
quota = { requests = 1000, seconds = 1 }
[capabilities.short_interest]
markets = ["HK", "US"]
quota = { requests = 1000, seconds = 1 }
"""
HOOK = "@hookimpl\ndef register_providers(register): register(NAME, lambda _: PROVIDER())"
MODULE = """
from brokerport import hookimpl
from brokerport_toy import Keeps, faulty

NAME = {name!r}

class PROVIDER(Keeps):
    broker = NAME

{hook}

SUITE = faulty(PROVIDER)
"""


@frozen
class Useless:
    """A plugin with one fault."""

    case: int  #: the only one that it fails
    reason: str  #: a part of the words
    manifest: str = MANIFEST
    hook: str = HOOK


USELESS = {
    "IsForAnotherCore": Useless(
        32, "works with the plugin API >=2.0,<3, and this brokerport has 1.0", manifest='api = ">=2.0,<3"' + MANIFEST
    ),
    "HasNoToml": Useless(32, "brokerport.toml is no manifest: ", manifest="about = "),
    "HasAWrongType": Useless(32, "about = 1 must be a text", manifest="about = 1"),
    "TakesAWrongArgument": Useless(
        38, "Argument(s) {'registry'} are declared in the hookimpl", hook=HOOK.replace("(register)", "(registry)")
    ),
    "HasNoMark": Useless(38, "registered no broker, not 'has-no-mark'", hook=HOOK.replace("@hookimpl", "")),
    "RegistersAnotherName": Useless(38, "registered other, not 'registers-another-name'", hook=HOOK.replace("NAME", "'other'")),
    "OffersAnother": Useless(
        38, "offers Other, and make makes OffersAnother", hook=HOOK.replace("lambda _: PROVIDER()", "type('Other', (Keeps,), {})")
    ),
}


def files() -> Iterator[tuple[str, str]]:
    """Paths and texts of them all, installed; the toys themselves are the plugin that keeps the contract."""
    yield from _installed("toy", "1.2.3", Path(toys.__file__).read_text("utf-8"), MANIFEST)
    for name, plugin in USELESS.items():
        word = _word(name)
        yield from _installed(word, "1.0", MODULE.format(name=word, hook=plugin.hook).replace("PROVIDER", name), plugin.manifest)


def package(name: str) -> str:
    """What is imported of a useless plugin."""
    return "brokerport_" + _word(name).replace("-", "_")


def _word(name: str) -> str:
    return re.sub(r"(?<=.)(?=[A-Z])", "-", name).lower()


def _installed(word: str, version: str, module: str, manifest: str) -> Iterator[tuple[str, str]]:
    module_name = "brokerport_" + word.replace("-", "_")
    info = f"{module_name}-{version}.dist-info"
    yield f"{module_name}/__init__.py", module
    yield f"{module_name}/brokerport.toml", manifest
    yield f"{info}/METADATA", f"Metadata-Version: 2.1\nName: brokerport-{word}\nVersion: {version}\n"
    yield f"{info}/entry_points.txt", f"[brokerport]\n{word} = {module_name}\n"
