"""Finds the plugins that are installed, and imports one when it is first asked for.

Names, versions, manifests and who claims what are read from package metadata: no plugin can break that. Each is loaded by itself, so one
that fails, or leaves, or is for another core, hurts only those who ask for it. Who asks for all of them waits for none that never ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import TypeVar

from attrs import define, field, frozen

from brokerport.errors import BrokerportError, PluginError
from brokerport.logs import clean, log
from brokerport.plugins import announced, brought, look, rivals
from brokerport.plugins.aside import Aside
from brokerport.plugins.claims import Claim
from brokerport.plugins.manifest import Manifest
from brokerport.plugins.offer import Offer
from brokerport.plugins.plugin import Plugin, PluginState
from brokerport.plugins.turns import NoTurnError, Turns
from brokerport.questions.known import Known
from brokerport.settings.config_file import ConfigFile

T = TypeVar("T")

_importing: ContextVar[frozenset[str]] = ContextVar("importing", default=frozenset())  # the plugins whose import this is a part of


@frozen
class Loaded:
    """A plugin that was imported."""

    claim: Claim
    offer: Offer | None  #: the broker of its name; None of one that brings none


@define(eq=False)
class Plugins:
    """The plugins of this environment, and those of them that were loaded."""

    known: Known = field(factory=Known)  #: learns the questions that they bring
    _loaded: dict[str, Loaded] = field(init=False, factory=dict)
    _failures: dict[str, PluginError] = field(init=False, factory=dict)
    _turns: dict[int, Turns] = field(init=False, factory=dict)  # by process: a child that is forked off would never get what a thread holds
    _aside: Aside = field(init=False, factory=Aside)
    _without_broker: dict[Claim, bool] = field(init=False, factory=dict)  # by its manifest, which names() would else read each time

    def names(self) -> tuple[str, ...]:
        """The brokers that may be asked for, in alphabetical order."""
        with look.once() as installed:
            used = [installed.of(name)[-1] for name in installed.names() if look.allowed(name)]
            return tuple(claim.name for claim in used if self._may_have_broker(claim))

    def each(self, file: ConfigFile, name: str | None = None) -> list[Plugin]:
        """All that are installed, those that are not used too, in alphabetical order; or those of one name."""
        with look.once() as installed:
            these = installed.claims if name is None else installed.of(name)
            return [self._record(claim, installed.of(claim.name), file) for claim in these]

    def manifest(self, name: str, file: ConfigFile) -> Manifest | None:
        """What the manifest of an installed plugin says, without importing it; None where no plugin has that name.

        Raises:
            PluginError: As ``load``, as far as that can be known without importing it.
        """
        self._raise_again(name)
        with look.once() as installed:
            these = installed.of(name)
            return _usable(rivals.chosen(these, file)) if these else None

    def load(self, name: str, file: ConfigFile) -> Loaded | None:
        """An installed plugin, imported if it was not yet; None where no plugin has that name.

        Raises:
            PluginError: It does not load, is switched off, is for another core, or is one of two of that name.
        """
        if name not in self._loaded:
            self._raise_again(name)
            with look.once() as installed:
                if not (these := installed.of(name)):
                    return None
                with self._turn(name):
                    self._raise_again(name)
                    if name not in self._loaded:
                        self._load(rivals.chosen(these, file))
        return self._loaded[name]

    def in_time(self, name: str, work: Callable[[], T]) -> T:
        """What is asked of a plugin for whoever did not ask for that one alone: where it does not end, it is left behind.

        Raises:
            PluginError: It is so, or was so before and still is.
        """
        self._raise_again(name)
        return self._aside.run(name, work)

    def load_those(self, *fit: Callable[[Manifest], bool], file: ConfigFile, until: Callable[[], bool] = lambda: False) -> None:
        """Load each whose manifest fits, those that fit the first before those that fit the next, ``until`` what is looked for is there.

        One that does not load is on record, and hurts nobody who did not ask for it.
        """
        with look.once() as installed:
            told = [*installed.manifests()]
            for name in [claim.name for fits in fit for claim, each in told if fits(each)]:
                if until():
                    return
                if name in self._loaded:
                    continue
                with suppress(BrokerportError):
                    self.in_time(name, partial(self.load, name, file))

    def _may_have_broker(self, claim: Claim) -> bool:
        if loaded := self._loaded.get(claim.name):
            return loaded.offer is not None
        if claim not in self._without_broker:
            try:
                self._without_broker[claim] = not look.now().usable(claim).has_broker()
            except PluginError:  # whoever asks for it, is told
                return True
        return not self._without_broker[claim]

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        """Load it alone; the others that are loaded meanwhile are not held up."""
        here = self._turns.setdefault(os.getpid(), Turns())
        if any(turns.taken(name) for turns in [*self._turns.values()] if turns is not here):  # Python holds its half of the import for good
            raise PluginError(f"plugin {name!r} was being imported when this process was forked; load it before the fork, or spawn")
        try:
            with _part_of(name), here.of(name):
                yield
        except NoTurnError as error:
            text = f"plugin {name!r} is asked for while its own import waits for the answer"
            raise PluginError(f"{text}; its author can ask when it is first used") from error

    def _load(self, claim: Claim) -> None:
        _usable(claim)
        try:
            told = brought.load(claim)
            offer = told.offer(claim)
            told.teach(claim, self.known)
        except PluginError as error:  # for good: what half of it did is done
            self._failures[claim.name] = error
            log().warning("%s", error)
            raise
        self._loaded[claim.name] = Loaded(claim, offer)

    def _raise_again(self, name: str) -> None:
        if name in self._failures:
            raise self._failures[name].with_traceback(None)  # else it would hold the frames of all who asked before

    def _record(self, claim: Claim, these: list[Claim], file: ConfigFile) -> Plugin:
        record = partial(Plugin, clean(claim.name), claim.distribution, claim.version, entry_point=clean(claim.value))
        try:
            claim.check()
            told = _usable(rivals.chosen(these, file, claim))
        except PluginError as error:
            return record(PluginState.SKIPPED, error)
        failure = self._failures.get(claim.name)
        state = PluginState.FAILED if failure else PluginState.LOADED if claim.name in self._loaded else PluginState.FOUND
        return record(state, failure or self._aside.late(claim.name), told)


@contextmanager
def _part_of(name: str) -> Iterator[None]:
    """What happens inside is a part of that plugin's import, in whatever thread.

    Raises:
        NoTurnError: It is a part of that import already, which would wait for itself.
    """
    before = _importing.get()
    if name in before:
        raise NoTurnError(name)
    token = _importing.set(before | {name})
    try:
        yield
    finally:
        _importing.reset(token)


def _usable(claim: Claim) -> Manifest:
    """The manifest of a plugin that is used; what is strange in it is told of."""
    told = look.now().usable(claim)
    announced.warn(claim, told)
    return told
