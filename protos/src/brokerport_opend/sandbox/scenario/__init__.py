"""Scenarios: what a sandbox tells and what goes wrong in it, as data in a TOML file."""

from brokerport_opend.sandbox.scenario.scenario import Scenario
from brokerport_opend.sandbox.scenario.tables import ScenarioError

__all__ = ["Scenario", "ScenarioError"]
