"""Tries steps one after another until one fails, all of them under one deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from attrs import define, field

from brokerport.blaming.strangers import stranger
from brokerport.errors import BadReplyError, BrokerportError, DeadlineError, HandshakeError, PluginError, RejectedError
from brokerport.explaining.explanation import Check, Outcome
from brokerport.logs import clean
from brokerport.questions import Step

_THEIRS = (HandshakeError, BadReplyError, DeadlineError)  # whose texts may end in a stranger's words


@define(eq=False)
class Chain:
    """The steps that are left, and what those before them found."""

    seconds: float  #: that all of them have together
    whose: Callable[[], str]  #: who is to blame for what a step does that none may do
    left: list[Step]  #: may become more while it runs
    _checks: list[Check] = field(init=False, factory=list)
    _deadline: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._deadline = time.monotonic() + self.seconds

    async def run(self) -> None:
        """Try what is left, until one fails."""
        while self.left and not (self._checks and self._checks[-1].outcome is Outcome.FAILED):
            check = await self._tried(self.left[0])
            self._checks.append(check)
            self.left.pop(0)  # only now: one that hangs is still the first of those that are left

    def give_up(self, error: DeadlineError) -> None:
        """The step that runs hangs, and the loop with it."""
        step = self.left.pop(0)
        self._checks.append(failed(step.name, error, step.advice(error)))

    def checks(self) -> tuple[Check, ...]:
        """What was found, and what was not tried."""
        return (*self._checks, *(Check(step.name, Outcome.SKIPPED, "not tried") for step in self.left))

    def remaining(self) -> float:
        """Seconds that are left."""
        return self._deadline - time.monotonic()

    async def _tried(self, step: Step) -> Check:
        try:
            async with asyncio.timeout(self.remaining()):
                with stranger(self.whose(), f"could not tell about {step.name!r}", task=asyncio.current_task()):
                    found = await step.find()
        except BrokerportError as error:
            return failed(step.name, error, step.advice(error))
        except TimeoutError as error:
            late = DeadlineError(f"no answer within {self.seconds:g} s, the time of all checks together")
            late.__cause__ = error
            return failed(step.name, late, step.advice(late))
        return Check(step.name, Outcome.UNKNOWN, "the plugin does not say") if found is None else Check(step.name, Outcome.OK, clean(found))


def failed(name: str, error: BrokerportError, advice: str) -> Check:
    """What happened, and what to do: our errors say both, with a semicolon between; else it is the ``advice``."""
    _, semicolon, fix = _ours(error).rpartition("; ")
    if semicolon:
        return Check(name, Outcome.FAILED, str(error).removesuffix(f"; {fix}"), fix, error)
    return Check(name, Outcome.FAILED, str(error), advice, error)


def _ours(error: BrokerportError) -> str:
    """The end of an error's text that is not in a stranger's words."""
    if isinstance(error, _THEIRS):
        return ""
    if isinstance(error, PluginError) and error.__cause__ is not None:
        return f"; {error.remedy}" if error.remedy else ""
    if isinstance(error, RejectedError) and error.text:
        return str(error).rpartition(error.text)[2]
    return str(error)
