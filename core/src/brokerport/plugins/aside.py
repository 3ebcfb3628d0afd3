"""What is asked of a plugin for those who did not ask for that one alone: in a thread, which is left behind where it does not end."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from attrs import define, field

from brokerport.errors import PluginError
from brokerport.logs import log
from brokerport.plugins import look

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

RESERVE = 5.0  # seconds of the operation's patience that none may have for itself alone
SHARE = 0.5  # seconds that each has of those
LEAST = 0.02  # seconds that each has when all is used up: what ends at once is heard, however many came before


@define(eq=False)
class Aside:
    """The plugins that were left behind."""

    _late: dict[str, PluginError] = field(init=False, factory=dict)

    def late(self, name: str) -> PluginError | None:
        """Why the plugin of that name is not waited for at present."""
        return self._late.get(name)

    def run(self, name: str, work: Callable[[], T]) -> T:
        """The outcome of ``work``, which that plugin does.

        Raises:
            PluginError: It goes on for longer than the running operation waits, or that was so before and it is not over yet.
        """
        if late := self._late.get(name):
            raise late.with_traceback(None)
        from concurrent.futures import wait  # whose manifest says all, is not loaded for others

        operation, began = look.now(), monotonic()
        outcome = _begin(work)
        over = wait([outcome], max(operation.patience - RESERVE, min(operation.patience, SHARE), LEAST)).done
        if not over or outcome.exception():  # a good one costs no other anything
            operation.patience -= monotonic() - began
        if not over:
            raise self._leave(name, outcome, monotonic() - began)
        return outcome.result()

    def _leave(self, name: str, outcome: Future[T], seconds: float) -> PluginError:
        text = f"plugin {name!r} is still being loaded after {seconds:.1f} s, and was left behind; ask again later, or tell its author"
        self._late[name] = late = PluginError(text)
        outcome.add_done_callback(lambda _: self._late.pop(name))
        log().warning("%s", late)
        return late


def _begin(work: Callable[[], T]) -> Future[T]:
    """Its outcome, which comes when it is over; nothing waits for the thread, not even the interpreter's exit."""
    from concurrent.futures import Future

    outcome: Future[T] = Future()
    Thread(target=copy_context().run, args=(_run, work, outcome), name="brokerport-aside", daemon=True).start()
    return outcome


def _run(work: Callable[[], T], outcome: Future[T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is the caller's
        outcome.set_exception(error)
    else:
        outcome.set_result(result)
