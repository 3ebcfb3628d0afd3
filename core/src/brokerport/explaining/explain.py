"""Why a broker answers a question, or does not: a chain of checks from the plugin's installation to the answer.

The chain ends with the first check that fails, as those after it would tell nothing; they are listed and not tried.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Protocol

from attrs import define, field

from brokerport.blaming.strangers import is_strangers
from brokerport.client.asking import CLOSING
from brokerport.client.async_client import AsyncClient
from brokerport.client.portal import Lease, Portal
from brokerport.errors import (
    BadReplyError,
    BrokerportError,
    ConnectError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    NotEntitledError,
    PluginError,
    QuotaError,
    RejectedError,
    UnsupportedError,
)
from brokerport.explaining.chain import Chain
from brokerport.explaining.explanation import Explanation
from brokerport.logs import log
from brokerport.models import Limit
from brokerport.plugins import manifest
from brokerport.plugins.look import ALLOWED
from brokerport.plugins.offer import Offer
from brokerport.plugins.plugin import Plugin, PluginState
from brokerport.plugins.unknown import no_broker, unknown
from brokerport.questions import About, Provider, Question, Step, arguments
from brokerport.questions.asked import Asked
from brokerport.questions.capability import market_of
from brokerport.quotas.keeper import Keeper
from brokerport.settings import config_file, profile
from brokerport.settings.profile import Profile
from brokerport.settings.settings import Settings

PROBE_SHARE = 0.9  # of the time that is left: the rest is for telling why it was not enough

_PROBE_FIXES: dict[type[BrokerportError], str] = {
    RejectedError: "check the symbol, or ask again later",
    NotEntitledError: "check the rights of the account",
    UnsupportedError: "check the symbol, or ask another broker",
    ConnectError: "check the network, and where the settings lead, then ask again",
    HandshakeError: "check where the settings lead",
    BadReplyError: "check where the settings lead, such as url, host or port; if that is right, upgrade the plugin or tell its author",
    DeadlineError: "allow it more time, or ask again later",
    PluginError: "upgrade or reinstall the plugin, or tell its author",
}


class Installed(Protocol):
    """The brokers of an environment, as a registry tells of them."""

    def names(self) -> tuple[str, ...]:
        """Those that can be asked for."""

    def plugins(self, name: str) -> tuple[Plugin, ...]:
        """Those of that name."""


class Choice(Protocol):
    """A broker that was found, and the settings it is asked with."""

    @property
    def offer(self) -> Offer:
        """Whose it is."""

    @property
    def settings(self) -> Settings:
        """With which settings."""

    def provider(self) -> Provider:
        """A new, unconnected provider."""


def explain(
    installed: Installed,
    choose: Callable[[], Choice],
    name: str,
    question: Question[..., Any],
    subject: object,
    *,
    timeout: float,
    probe: bool,
) -> Explanation:
    """See ``Registry.explain``; ``choose`` loads the plugin, and its settings."""
    asked = question.asked(() if question.about is About.NOTHING else (subject,), {})
    examination = _Examination(installed, choose, name, question, asked, arguments.seconds(timeout), probe=probe)
    # A portal of its own: what hangs in a stranger's code must not hold the loop of the clients.
    gate = Portal(os.getpid())
    lease, closing = Lease(gate), CLOSING
    try:
        lease.begin()
        gate.call(examination.chain.run, seconds=examination.seconds)
    except DeadlineError as error:
        examination.chain.give_up(error)
        closing = 0.0  # its loop is stuck, so nothing more will come of waiting
    finally:
        with suppress(DeadlineError):
            lease.end(examination.aclose, seconds=closing)()
    return Explanation(name, question.name, asked.subject, examination.chain.checks())


@define(eq=False)
class _Examination:
    """One broker, from its name to its answer, and the steps that lead there."""

    installed: Installed
    choose: Callable[[], Choice]
    broker: str
    question: Question[..., Any]
    asked: Asked
    seconds: float
    probe: bool = field(kw_only=True)
    chain: Chain = field(init=False)
    _context: Context = field(init=False, factory=copy_context)  # the caller's, which has one look at what is installed
    _said: Profile = field(init=False)  # whose plugin answers to the name
    _records: list[Plugin] = field(init=False, factory=list)
    _choice: Choice | None = field(init=False, default=None)
    _invalid: InvalidRequestError | None = field(init=False, default=None)
    _provider: Provider | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        steps = [
            Step("configuration", self._at_once(self._read_profile), "mend the file, or the variable of the environment"),
            Step("installed", self._at_once(self._find), "install the plugin"),
            Step("switched on", self._at_once(self._see_whether_allowed), f"name it in {ALLOWED}, or unset that"),
            Step("compatible", self._at_once(self._see_whether_usable), "upgrade brokerport and the plugin"),
            Step("loaded", self._at_once(self._load), "upgrade or reinstall the plugin, or tell its author"),
            Step("settings", self._at_once(self._check_settings), "mend the setting"),
            Step("provider", self._at_once(self._make), "upgrade or reinstall the plugin, or tell its author"),
            Step("question", self._at_once(self._see_whether_answered), "ask another broker"),
            Step("market", self._at_once(self._see_whether_covered), "ask about another market"),
        ]
        if self.probe:
            steps.append(Step("probe", self._ask, "ask again later", _PROBE_FIXES))
        self.chain = Chain(self.seconds, self._whose, steps)

    async def aclose(self) -> None:
        """Close the provider, whatever comes of it."""
        if self._provider is None:
            return
        try:
            async with asyncio.timeout(CLOSING):
                await self._provider.aclose()
        except BaseException as error:
            if not is_strangers(error, asyncio.current_task()):
                raise
            log().warning("%s: the provider did not close and was left behind", self.broker, exc_info=True)

    def _at_once(self, find: Callable[[], str | None]) -> Callable[[], Awaitable[str | None]]:
        """A step that waits for nothing."""

        async def found() -> str | None:
            return self._context.run(find)

        return found

    def _whose(self) -> str:
        return self._choice.offer.origin if self._choice else self.broker

    # the steps

    def _read_profile(self) -> str:
        self._said = profile.read(self.broker, config_file.read())
        return "no profile, the plugin's own name" if self._said.plugin == self.broker else f"a profile of {self._said.plugin}"

    def _find(self) -> str:
        self._records = [*self.installed.plugins(self._said.plugin)]
        if not self._records:
            raise unknown(self._said, self.installed.names())
        if self._said.plugin not in self.installed.names() and not any(each.error for each in self._records):
            raise no_broker(f"plugin {self._said.plugin!r} of {_release(self._records[0])}", self.installed.names())
        return ", ".join(_release(each) for each in self._records)

    def _see_whether_allowed(self) -> str:
        if self._said.plugin in self.installed.names():
            return "yes"
        raise self._records[0].error or PluginError(f"{self._said.plugin} is switched off")

    def _see_whether_usable(self) -> str:
        used = [each for each in self._records if each.state is not PluginState.SKIPPED]
        if not used:
            raise self._records[0].error or PluginError(f"{self._said.plugin} is not used")
        return f"the plugin API here is {manifest.API}; it works with {used[0].manifest.api or 'any, as it says nothing'}"

    def _load(self) -> str:
        try:
            self._choice = self.choose()
        except InvalidRequestError as error:  # of the settings, which are read when the plugin is loaded
            self._invalid = error
        return "imported, and its hook was called"

    def _check_settings(self) -> str:
        if self._invalid is not None:
            raise self._invalid
        return "valid"

    def _make(self) -> str:
        assert self._choice is not None
        self._provider = self._choice.provider()
        return "made, not yet connected"

    def _see_whether_answered(self) -> str:
        assert self._provider is not None
        answered = [each.question for each in self._provider.capabilities()]
        if self.question.name not in answered:
            told = ", ".join(answered) or "nothing"
            raise UnsupportedError(f"{self.broker} does not answer {self.question.name}, only {told}; ask one that does")
        self._insert(tuple(self._provider.checks(self.question.name, self.asked.subject)))
        return self.question.name

    def _insert(self, steps: tuple[Step, ...]) -> None:
        """The provider's own steps, behind all of ours but the probe."""
        if strangers := [each for each in steps if not isinstance(each, Step)]:
            raise PluginError(f"{self._whose()} has {strangers[0]!r} among its checks, which is no Step; tell its author")
        assert self._provider is not None
        limits = tuple(self._provider.limits(self.question.name))
        quota = [Step("quota left", partial(self._count_quota, limits), "ask again later")] if limits else []
        end = len(self.chain.left) - self.probe
        self.chain.left[end:end] = [*steps, *quota]

    def _see_whether_covered(self) -> str | None:
        assert self._provider is not None
        name, subject = self.question.name, self.asked.subject
        told = [each for each in self._provider.capabilities() if each.question == name]
        if subject is None or any(each.markets is None for each in told):
            return None
        markets = ", ".join(sorted({market for each in told for market in each.markets or ()}))
        if any(each.answers(name, subject) for each in told):
            return markets
        text = f"{name} is for {markets} only, and {subject} is of {market_of(subject)}"
        raise UnsupportedError(f"{text}; ask about one of those")

    async def _count_quota(self, limits: tuple[Limit, ...]) -> str:
        assert self._provider is not None
        assert self._choice is not None
        question, account = self.question.name, await self._provider.account()
        if not self._choice.settings.quotas:
            return "left to the broker (quotas = false)"
        keeper = Keeper(self.broker)
        left, said = keeper.left(question, limits, account), " and ".join(map(str, limits))
        if not left:
            wait = keeper.estimate(question, limits, account)
            raise QuotaError(f"none of {said} is left; wait {wait:.1f} s", retry_after=wait)
        return f"{left} of {said}"

    async def _ask(self) -> str:
        provider = self._provider
        assert provider is not None
        client = AsyncClient(lambda: provider, broker=self.broker)
        seconds = max(self.chain.remaining() * PROBE_SHARE, 0.001)
        began = time.monotonic()
        answer: Any = await client.ask(self.question, *self.asked.place, timeout=seconds)
        data = "synthetic data" if answer.source.sandbox else "data"
        return f"{data} came in {time.monotonic() - began:.3f} s, for one request of the quota"


def _release(plugin: Plugin) -> str:
    return f"{plugin.distribution} {plugin.version}" if plugin.distribution else "registered by the application"
