"""Tells PyInstaller what a frozen program needs of brokerport and its plugins, which nothing in the program's code imports.

PyInstaller imports this where both are installed, by the entry point ``hook-dirs``; no other program does.
"""

from pathlib import Path


def hook_dirs() -> list[str]:
    """The folder that holds ``hook-brokerport.py``."""
    return [str(Path(__file__).parent)]
