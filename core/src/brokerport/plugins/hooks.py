"""Which hooks a plugin implements, by pluggy's rules: marked with ``hookimpl``, and with the arguments of the specification."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, isroutine
from typing import TYPE_CHECKING, Any

import pluggy

from brokerport.errors import InvalidRequestError
from brokerport.events.observers import Observer
from brokerport.plugins import hookspecs

if TYPE_CHECKING:
    from brokerport.events import Event

PROJECT = "brokerport"


def manager(plugin: object) -> pluggy.PluginManager:
    """A manager for this plugin alone: what one does wrong stays with it.

    Raises:
        pluggy.PluginValidationError: A hook of the plugin's is unknown, or its arguments are.
    """
    hooks = pluggy.PluginManager(PROJECT)
    hooks.add_hookspecs(hookspecs)
    hooks.register(plugin)
    hooks.check_pending()
    return hooks


def observers(hooks: pluggy.PluginManager) -> list[Observer]:
    """Those of its implementations that hear of events.

    They are called by us and not by pluggy, which stops at the first that raises.

    Raises:
        InvalidRequestError: One is no plain function.
    """
    return [_observer(each.function, partial(_hear, each)) for each in hooks.hook.on_event.get_hookimpls()]


def observing(what: object) -> list[Observer]:
    """The observers that a function is, or that a plugin implements.

    Raises:
        InvalidRequestError: It is neither.
    """
    if isroutine(what):
        return [_observer(what, what)]
    try:
        implemented = observers(manager(what))
    except pluggy.PluginValidationError as error:
        raise InvalidRequestError(f"{what!r} cannot observe: {error}") from error
    if implemented:
        return implemented
    if callable(what):
        return [_observer(what, what)]
    raise InvalidRequestError(f"{what!r} cannot observe: pass a function of one argument, or what has an on_event marked with hookimpl")


def _observer(function: Callable[..., object], hear: Callable[[Event], object]) -> Observer:
    name = f"{getattr(function, '__module__', None)}.{getattr(function, '__qualname__', repr(function))}"
    if iscoroutinefunction(function) or isgeneratorfunction(function) or isasyncgenfunction(function):
        raise InvalidRequestError(f"{name} cannot observe: an observer is a plain function, and neither a coroutine function nor a wrapper")
    return Observer(name, hear)


def _hear(implementation: Any, event: Event) -> object:
    """Call with what it takes: pluggy lets an implementation leave arguments out."""
    return implementation.function(*[event for _ in implementation.argnames])
