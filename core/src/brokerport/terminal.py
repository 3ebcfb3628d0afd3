"""Text made fit for a terminal: nothing that it would obey instead of show, not too long, and in lines that fit."""

from __future__ import annotations

from collections.abc import Iterator

COLUMNS = 80  #: of a terminal that does not say how wide it is


def visible(text: str) -> str:
    r"""The text on one line, with escapes, such as ``\x1b``, ``\n`` and ``\u202e``, for what a terminal would obey; always printable."""
    return text if text.isprintable() else "".join(map(_shown, text))


def blanked(text: str) -> str:
    """The text on one line, with a blank for each letter that cannot be printed."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


def obeyed(letter: str) -> bool:
    """Whether it is a control, mark of direction, line end or lone surrogate, or nothing that has a shape; blanks of all widths are not."""
    from unicodedata import category  # only strange text needs it

    return not letter.isprintable() and category(letter) != "Zs"


def shortened(text: str, most: int) -> str:
    """At most so many letters of the text, with a mark where it was cut."""
    return text if len(text) <= most else text[:most] + "…"


def width(text: str) -> int:
    """How many columns it takes: two for a letter of East Asia, and none for an accent that goes over another."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def wrapped(text: str, columns: int) -> list[str]:
    """Its lines, of so many columns at most: broken between words, or within one that is longer than a line."""
    lines = [""]
    for word in text.split(" "):
        line = f"{lines[-1]} {word}" if lines[-1] else word
        if width(word) <= columns and width(line) > columns:
            lines.append(word)
        else:
            *full, last = _pieces(line, columns)
            lines[-1:] = [*full, last]
    return lines


def _pieces(line: str, columns: int) -> Iterator[str]:
    """Itself where it fits."""
    began, taken = 0, 0
    for place, letter in enumerate(line if width(line) > columns else ""):
        if taken and taken + _width(letter) > columns:
            yield line[began:place]
            began, taken = place, 0
        taken += _width(letter)
    yield line[began:]


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    return letter.encode("unicode_escape").decode("ascii") if obeyed(letter) else " "


def _width(letter: str) -> int:
    from unicodedata import category, east_asian_width

    return 0 if category(letter) in ("Mn", "Me") else 2 if east_asian_width(letter) in "WF" else 1
