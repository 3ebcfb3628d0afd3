"""Brings brokerport's contract suite to pytest: an option, and the report once a case of the contract is collected.

pytest imports this at every start where brokerport is installed. So it imports nothing, and is no part of the package brokerport.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

REPORT = "brokerport-contract"  # the report's name among pytest's plugins


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--contract-report=PATH``."""
    group = parser.getgroup("brokerport")
    group.addoption("--contract-report", metavar="PATH", help="write what brokerport's contract suite found to PATH, as JSON")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Have the first case bring the report with it."""
    if hasattr(getattr(item, "function", None), "contract_case") and not item.config.pluginmanager.has_plugin(REPORT):
        from brokerport.testing.report import Report

        item.config.pluginmanager.register(Report(), REPORT)
