"""Fails at import with an error that cannot even be printed."""


class Unspeakable(Exception):  # noqa: N818  # a stranger's name
    """Fails once more where it is shown."""

    def __str__(self) -> str:
        raise ZeroDivisionError


raise Unspeakable
