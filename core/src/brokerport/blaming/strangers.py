"""A stranger's errors as ours, which say whose fault they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from brokerport.errors import BrokerportError, PluginError
from brokerport.logs import harmless, said

AUTHOR = "tell its author"


@contextmanager
def stranger(whose: str, failure: str, distribution: str | None = None) -> Iterator[None]:
    """Around a stranger's code: what it raises, other than our own errors, is a PluginError; ``whose`` names the stranger for people."""
    try:
        yield
    except BrokerportError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a stranger's code, and its error is told
        raise blamed(f"{whose} {failure}:", error, distribution) from harmless(error)


def blamed(what: str, error: BaseException, distribution: str | None = None, *, otherwise: str = AUTHOR) -> PluginError:
    """The PluginError that ``error`` becomes: what failed, in whose words, and what to do.

    That is what to set, install or rename where the environment is to blame, which ``remedy`` of the PluginError says too; ``otherwise``
    to tell the author. ``distribution`` is whose code failed, where that is known.
    """
    found, words = remedy(error, distribution), f"{what} {said(error)}"
    failure = PluginError(words if found and found in words else "; ".join(filter(None, (words, found or otherwise))))
    failure.remedy = found
    return failure


def remedy(error: BaseException, distribution: str | None = None) -> str | None:
    """What to set, install or rename where the environment is to blame for an error, or for what led to it; None where it is not."""
    from brokerport.blaming.rules import RULES  # only failures need them

    return next((told for each in _causes(error) for rule in RULES if (told := rule(each, distribution))), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those that led to it."""
    seen: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in seen:
        yield each
        seen.append(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
