"""How Sphinx builds these pages. What they hold of the code stands in them already: docs/generate.py writes it."""

from __future__ import annotations

from importlib.metadata import version as installed

project = "brokerport"
author = "the brokerport contributors"
project_copyright = author
version = release = installed("brokerport")

extensions = ["myst_parser"]
exclude_patterns = ["_build"]

myst_heading_anchors = 4

html_theme = "furo"
html_title = f"brokerport {release}"
html_show_copyright = False
