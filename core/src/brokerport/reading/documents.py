"""TOML and JSON into values."""

from __future__ import annotations

from typing import Any

from brokerport.reading import bounds


def toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        ValueError: It is none, or beyond the bounds; says the line.
    """
    import tomllib

    bounds.check(text)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{error}, where a line is KEY = VALUE, and a text is in quotes") from error


def json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: It is none, or beyond the bounds; says the line.
    """
    from json import loads

    bounds.check(text)
    return loads(text)
