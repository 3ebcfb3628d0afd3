"""The part of pytest that keeps the prerequisites of cases, and tells in the end what they found."""

from __future__ import annotations

import json
import platform
from collections.abc import Generator, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from attrs import define, field

from brokerport import registry
from brokerport.terminal import visible
from brokerport.testing.card import Card, Outcome, Verdict, as_json, as_text
from brokerport.testing.cases import NOT_RUN, Case, not_run
from brokerport.testing.contract import CASES
from brokerport.testing.contract.basics import broker_of

LONGEST = 300  # characters of a reason
SCHEMA = 1  #: of the JSON; a change that old readers cannot bear makes it 2


@define(eq=False)  # pytest counts its plugins by hash
class Report:
    """Hooks of pytest, from the first collected case on."""

    _found: dict[pytest.Class, dict[int, Verdict]] = field(init=False, factory=dict)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Run no case without what it needs."""
        if case := _case(item):
            found = self._verdicts(item)
            for number in case.needs:
                if number in found and not found[number].fine:
                    not_run(f"needs case {number:02}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note how a case ended; of its phases and parameters, the worst counts."""
        report = yield
        case, tells = _case(item), report.when == "call" or not report.passed
        if case and tells:
            now, found = _verdict(case, report, call), self._verdicts(item)
            order = list(Outcome)
            if case.number not in found or order.index(now.outcome) > order.index(found[case.number].outcome):
                found[case.number] = now
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell it as text."""
        if self._found:
            terminalreporter.section("brokerport contract")
        for card in self._cards():
            for line in as_text(card):
                terminalreporter.write_line(visible(line))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write it as JSON, where that was asked for."""
        if path := session.config.getoption("contract_report", None):
            versions = {"brokerport": version("brokerport"), "python": platform.python_version()}
            told = {"schema": SCHEMA, "versions": versions, "providers": [as_json(card) for card in self._cards()]}
            Path(path).write_text(json.dumps(told, indent=2) + "\n", "utf-8")

    def _verdicts(self, item: pytest.Item) -> dict[int, Verdict]:
        suite = item.getparent(pytest.Class)
        return {} if suite is None else self._found.setdefault(suite, {})

    def _cards(self) -> Iterator[Card]:
        releases = {plugin.name: (plugin.distribution, plugin.version) for plugin in registry.plugins()}
        for suite, found in self._found.items():
            broker = broker_of(suite)
            verdicts = tuple(found.get(case.number, Verdict(case)) for case in CASES)
            yield Card(suite.nodeid, broker, *releases.get(broker or "", (None, None)), verdicts)


def _case(item: pytest.Item) -> Case | None:
    return getattr(getattr(item, "function", None), "contract_case", None)


def _verdict(case: Case, report: pytest.TestReport, call: pytest.CallInfo[None]) -> Verdict:
    error = call.excinfo.value if call.excinfo else None
    if report.passed:
        outcome, reason = Outcome.PASSED, None
    elif isinstance(error, pytest.skip.Exception):
        reason = str(error).removeprefix(NOT_RUN)
        outcome = Outcome.SKIPPED if reason == str(error) else Outcome.NOT_RUN
    else:
        outcome, reason = Outcome.FAILED, _sentence(error)
    return Verdict(case, outcome, reason)


def _sentence(error: BaseException | None) -> str:
    """What a case says itself; before what others raise, the kind of it. Below the first line pytest shows values."""
    said = str(error).partition("\n")[0]
    told = said if said and isinstance(error, AssertionError) else f"{type(error).__name__}: {said}"
    return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"
