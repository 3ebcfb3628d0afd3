"""How Sphinx builds these pages."""

from __future__ import annotations

import runpy
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

runpy.run_path(str(Path(__file__).with_name("generate.py")), run_name="__main__")

project = "brokerport"
author = "the brokerport contributors"
project_copyright = author
version = release = installed("brokerport")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "reference/_generated"]

myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_class_signature = "separated"  # a result's fields are listed one by one, with what they mean
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_default_options = {"exclude-members": "__init__, __new__"}
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"brokerport {release}"
html_show_copyright = False


def setup(app: Any) -> None:
    """Sphinx calls this."""
    app.connect("autodoc-process-docstring", _rejoin, priority=600)  # after napoleon


def _rejoin(_app: Any, what: str, _name: str, _documented: Any, _options: Any, lines: list[str]) -> None:
    """Napoleon takes a field's comment up to a colon for the field's type; ours are sentences."""
    before = [line.removeprefix(":type: ") for line in lines if line.startswith(":type: ")]
    if what == "attribute" and before:
        lines[:] = [f"{before[0]}: {lines[0]}"]
