"""Pyright, which many editors show. It runs on Node, which a test does not fetch, and looks for no newer version of itself."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest

needs_pyright = pytest.mark.skipif(not (find_spec("pyright") and shutil.which("node")), reason="pyright or Node is not installed")


def environment() -> dict[str, str]:
    """With which it is run."""
    return {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
