"""A text that nobody shall read: a token, a password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NoReturn

import attrs

from brokerport import logs
from brokerport.errors import InvalidRequestError

_WRITTEN = re.compile(r"(?:\w+\.)*(?:Secret|Optional\[(?:\w+\.)*Secret\])(?: \| None)?")  # an annotation that is not evaluated yet


class Secret:
    """Hides its text from ``repr``, ``str``, formats, pickles, logs and errors; only ``reveal`` tells it.

    As long as it lives, ``***`` stands for its text in whatever brokerport logs, tells to observers or raises, also in the words of others.
    Equal texts are equal secrets, compared in the same time wherever they differ.

    Raises:
        TypeError: It is no text.
        ValueError: It is empty.
    """

    __slots__ = ("__text", "__weakref__")

    def __init__(self, text: str | Secret) -> None:
        if isinstance(text, Secret):
            text = text.reveal()
        if not isinstance(text, str):
            raise TypeError("a secret must be text")
        if not text:
            raise ValueError("a secret must not be empty")
        self.__text = text
        logs.hide(self)

    def reveal(self) -> str:
        """The text: for the call that needs it, and for no variable that lives longer."""
        return self.__text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest

        mine, theirs = (each.reveal().encode("utf-8", "surrogatepass") for each in (self, other))
        return compare_digest(mine, theirs)

    def __hash__(self) -> int:
        return hash((Secret, self.__text))  # salted by Python, as texts are

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        # Raised, for an empty one in another process would be refused far from here, and by somebody else.
        raise TypeError("a Secret does not leave its process: set it there too, in the environment or in brokerport's TOML file")


def is_secret(kind: object) -> bool:
    """Whether a setting of this type, or written so, holds a secret: ``Secret``, or ``Secret | None``."""
    return bool(_WRITTEN.fullmatch(kind)) if isinstance(kind, str) else kind in (Secret, Secret | None)


def secrets(kind: type) -> list[str]:
    """The names of the settings of the class ``kind`` that are secrets."""
    return [each.name for each in attrs.fields(kind) if is_secret(each.type)]


def concealed(kind: type, told: Mapping[str, Any]) -> dict[str, Any]:
    """The settings ``told`` for the class ``kind``, with a Secret for the text of each that is one.

    Raises:
        InvalidRequestError: Such a setting is no text, or empty.
    """
    return {**told, **{name: _concealed(name, told[name]) for name in secrets(kind) if told.get(name) is not None}}


def _concealed(name: str, value: Any) -> Secret:
    try:
        return Secret(value)
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(f"{name}: {error}") from error
