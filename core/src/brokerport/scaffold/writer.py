"""The files of a plugin that works as it is, with a toy where the broker will be."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template

from brokerport.errors import InvalidRequestError
from brokerport.plugins import rivals
from brokerport.plugins.manifest import API

#: each file of the package, and its template; a template's name ends in .tmpl, so that no tool takes it for code
FILES = {
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    ".gitignore": "gitignore",
    "src/brokerport_$word/__init__.py": "init.py",
    "src/brokerport_$word/brokerport.toml": "brokerport.toml",
    "src/brokerport_$word/provider.py": "provider.py",
    "src/brokerport_$word/py.typed": "py.typed",
    "src/brokerport_$word/server.py": "server.py",
    "src/brokerport_$word/settings.py": "settings.py",
    "tests/test_$word.py": "test.py",
}

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def write(name: str, into: Path) -> Path:
    """Write the package of the broker ``name`` to a new folder in ``into``; returns that folder.

    Raises:
        InvalidRequestError: No broker can have that name, a plugin or a package has it, or the folder cannot be made.
        OSError: A file cannot be written.
    """
    _check(name)
    folder = into / f"brokerport-{name}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        hint = "nothing is overwritten: choose another name or another place"
        raise InvalidRequestError(f"{folder} cannot be made: {error.strerror}; {hint}") from error
    for path, text in _filled(name).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    return folder


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        hint = "write lowercase letters, digits and single hyphens, a letter first: acme, acme-eu"
        raise InvalidRequestError(f"{name!r} cannot be the name of a broker; {hint}")
    if taken := rivals.find(name):
        raise InvalidRequestError(f"the name {name!r} belongs to {taken}; choose another")
    if find_spec(module := f"brokerport_{_word(name)}"):
        raise InvalidRequestError(f"a package {module} is installed already; choose another name than {name!r}")


def _filled(name: str) -> dict[str, str]:
    """Every file of the package, by its path."""
    templates = files("brokerport.scaffold") / "templates"
    words = {
        "name": name,
        "word": _word(name),
        "Class": "".join(part.capitalize() for part in name.split("-")),
        "api": f">={API},<{int(API.partition('.')[0]) + 1}",
    }
    texts = {path: (templates / f"{template}.tmpl").read_text(encoding="utf-8") for path, template in FILES.items()}
    return {Template(path).substitute(words): Template(text).substitute(words) for path, text in texts.items()}


def _word(name: str) -> str:
    """The name, where Python needs a word."""
    return name.replace("-", "_")
