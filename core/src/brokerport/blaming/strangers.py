"""A stranger's errors as ours, which say whose fault they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any

from brokerport.errors import BrokerportError, PluginError
from brokerport.logs import harmless, said

if TYPE_CHECKING:
    import asyncio

AUTHOR = "tell its author"


@contextmanager
def stranger(whose: str, failure: str, distribution: str | None = None, *, task: asyncio.Task[Any] | None = None) -> Iterator[None]:
    """Around a stranger's code: what it raises, other than our own errors, is a PluginError; ``whose`` names the stranger for people.

    Where his code is awaited, it runs in ``task``.
    """
    cancels = task.cancelling() if task else 0
    try:
        yield
    except BrokerportError:
        raise
    except BaseException as error:
        if not is_strangers(error, task, cancels):
            raise
        raise blamed(f"{whose} {failure}:", error, distribution) from harmless(error)


def is_strangers(error: BaseException, task: asyncio.Task[Any] | None = None, cancels: int = 0) -> bool:
    """Whether it is a stranger's own error that came out of his code, and not what the user, or asyncio, does to whoever runs.

    That is a Ctrl-C, which the main thread alone gets; and, where his code is awaited in ``task``, that this is cancelled, once more than
    the ``cancels`` it knew of when his code began, or dropped.
    """
    if isinstance(error, Exception | SystemExit):
        return True
    if isinstance(error, KeyboardInterrupt):
        return current_thread() is not main_thread()
    if task is None:  # code that awaits nothing is told neither of the others
        return True
    from asyncio import CancelledError  # who has a task, has imported it

    return task.cancelling() <= cancels if isinstance(error, CancelledError) else not isinstance(error, GeneratorExit) or _runs(task)


def _runs(task: asyncio.Task[Any]) -> bool:
    """Whether it is this task that runs; what is dropped is told so by another, or by none."""
    from asyncio import current_task

    try:
        return current_task() is task
    except RuntimeError:  # no event loop
        return False


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
