"""Write the tables that follow from the code to reference/_generated, where the pages include them.

conf.py runs this before every build; it needs nothing but the four distributions.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import attrs

from brokerport import Client, Market, Settings, errors
from brokerport.cli.exit_codes import EXIT_CODES
from brokerport.plugins import hookspecs
from brokerport.questions.providers import QUESTIONS
from brokerport_opend import OpenDSettings
from brokerport_opend.endpoints import ENDPOINTS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference" / "_generated"


def questions() -> str:
    """The client's methods, and the abstract provider that answers each."""
    rows = [(f"`{name}`", _summary(getattr(Client, name)), f"`{kind.__name__}`") for name, kind in QUESTIONS.items()]
    return _table(("Question", "Answer", "Provider"), rows)


def endpoints() -> str:
    """What OpenD is asked, by question."""
    rows = [
        (f"`{each.question}`", str(each.proto_id), _markets(each.markets), str(each.quota), str(each.page_size or "not paged"), each.page)
        for each in ENDPOINTS
    ]
    return _table(("Question", "Protocol", "Markets", "Quota", "Rows a page, at most", "The broker's own page"), rows)


def settings() -> str:
    """Every setting of a broker behind OpenD: those of all brokers first."""
    said = _comments(Settings) | _comments(OpenDSettings)
    rows = [
        (f"`{each.name}`", f"`BROKERPORT_MOOMOO_{each.name.upper()}`", f"`{_type(each)}`", _default(each.default), said.get(each.name, ""))
        for each in attrs.fields(OpenDSettings)
    ]
    return _table(("Setting", "Environment, for moomoo", "Type", "Default", "Meaning"), rows)


def error_tree() -> str:
    """The tree in the docstring of brokerport.errors."""
    return f"```text\n{dedent((errors.__doc__ or '').partition('::')[2]).strip()}\n```\n"


def exit_codes() -> str:
    """What the command line exits with."""
    rows = [
        (str(each.number), each.meaning, ", ".join(f"`{error.__name__}`" for error in each.errors) or "nothing went wrong")
        for each in EXIT_CODES
    ]
    return _table(("Exit code", "Meaning", "From"), rows)


def layers() -> str:
    """Who may import whom, from the contracts in pyproject.toml."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return "\n".join(f"**{each['name'][0].upper()}{each['name'][1:]}.**\n\n{_CONTRACTS[each['type']](each)}" for each in contracts)


def hooks() -> dict[str, Callable[..., None]]:
    """The hooks that are specified, by name; pluggy leaves a mark on each."""
    return {name: each for name, each in vars(hookspecs).items() if hasattr(each, f"{hookspecs.hookspec.project_name}_spec")}


def hook(name: str) -> str:
    """What a hook's specification says, with its arguments and their types."""
    specified = hooks()[name]
    signature = str(inspect.signature(specified)).replace("'", "")  # annotations are text
    return f"```python\ndef {name}{signature}\n```\n\n{_text(specified)}\n"


PARTS: dict[str, Callable[[], str]] = {
    "questions": questions,
    "endpoints": endpoints,
    "settings": settings,
    "error-tree": error_tree,
    "exit-codes": exit_codes,
    "layers": layers,
    **{f"hook-{name.replace('_', '-')}": partial(hook, name) for name in hooks()},
}


def main() -> None:
    """Write every part that differs; Sphinx builds a page again when a file is newer."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, part in PARTS.items():
        file, text = FOLDER / f"{name}.md", part()
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    return "".join(f"| {' | '.join(row)} |\n" for row in (heads, ["---"] * len(heads), *rows))


def _summary(documented: Any) -> str:
    return _text(documented).partition("\n")[0]


def _text(documented: Any) -> str:
    """The docstring, as Markdown."""
    return (inspect.getdoc(documented) or "").replace("``", "`")


def _markets(markets: frozenset[Market]) -> str:
    return "all" if markets == frozenset(Market) else ", ".join(sorted(markets))


def _type(setting: attrs.Attribute[Any]) -> str:
    kind = setting.type
    return (kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))).replace(" | None", "")


def _default(value: object) -> str:
    return "not set" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _comments(kind: type) -> dict[str, str]:
    """The ``#:`` comments of a class's fields, beside them or above."""
    source = inspect.getsource(kind)
    above = re.findall(r"^ +#: (.+)\n +(\w+):", source, re.MULTILINE)
    beside = re.findall(r"^ +(\w+):.*  #: (.+)$", source, re.MULTILINE)
    return {name: text for text, name in above} | dict(beside)


def _stack(contract: dict[str, Any]) -> str:
    """The layers, the highest first; a layer may import those below it."""
    container = contract["containers"][0]
    return f"```text\n{container}\n" + "".join(f"    {layer.replace(' : ', '   ')}\n" for layer in contract["layers"]) + "```\n"


def _forbidden(contract: dict[str, Any]) -> str:
    sources, targets = (", ".join(f"`{each}`" for each in contract[key]) for key in ("source_modules", "forbidden_modules"))
    but = ", ".join(f"`{each.partition(' -> ')[0]}`" for each in contract.get("ignore_imports", ()))
    return f"{targets}: not for {sources}{but and f', except {but}'}.\n"


def _independent(contract: dict[str, Any]) -> str:
    return f"{' and '.join(f'`{each}`' for each in contract['modules'])} never import each other.\n"


_CONTRACTS: dict[str, Callable[[dict[str, Any]], str]] = {"layers": _stack, "forbidden": _forbidden, "independence": _independent}

if __name__ == "__main__":
    main()
