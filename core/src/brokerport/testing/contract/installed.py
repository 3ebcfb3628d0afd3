"""What callers get by the name of the broker: the plugin that is installed, its manifest, and what it offers."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from brokerport import BrokerportError, Capability, registry
from brokerport.plugins.brokers import Brokers
from brokerport.plugins.plugin import PluginState
from brokerport.questions.known import Known
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Make, brief
from brokerport.testing.contract.basics import Basics
from brokerport.testing.origin import brought_by, whose
from brokerport.testing.shape import differences

NO_MANIFEST = "no plugin that is installed under its broker's name has a manifest with capabilities"
NO_PLUGIN = "no plugin that is installed brings its class"


class Installed(Basics):
    """The cases of the plugin that brings the provider."""

    @case(Level.BRONZE, needs=(3, 5), skips=(NO_MANIFEST,))
    def test_32_its_capabilities_are_those_of_its_manifest(self, make: Make, answers: list[Any]) -> None:
        named = [plugin for plugin in registry.plugins() if plugin.name == answers[0].source.broker]
        used = next((plugin for plugin in named if plugin.state is not PluginState.SKIPPED), None)
        assert used or not named, str(named[0].error)  # first of all: what cannot be used has no manifest to look at
        told = (used and used.manifest.capabilities) or pytest.skip(NO_MANIFEST)
        said = {capability.question: capability for capability in make().capabilities()}
        questions = f"capabilities() names {', '.join(sorted(said))}, and the manifest {', '.join(sorted(told))}"
        assert said.keys() == told.keys(), questions
        pairs = [(question, _plain(said[question]), _plain(told[question])) for question in sorted(told)]
        found = brief(each for question, ours, theirs in pairs for each in differences(ours, theirs, question))
        assert not found, f"capabilities() and the manifest differ: {found}"

    @case(Level.BRONZE, needs=(5, 32), skips=(NO_PLUGIN,))
    def test_38_its_plugin_offers_it_under_its_name(self, make: Make, answers: list[Any]) -> None:
        provider, name = make(), answers[0].source.broker
        if not (brought := brought_by(provider)):
            pytest.skip(NO_PLUGIN)
        try:
            _, offer = Brokers(Known()).find(name)  # by itself: what the application has loaded stays as it is
        except BrokerportError as error:
            raise AssertionError(" ".join(str(error).split())) from error  # of several lines only the first would be told
        factory: object = offer.factory
        if isinstance(factory, type):
            assert isinstance(provider, factory), (
                f"the plugin {whose(brought)} offers {factory.__name__}, and make makes {type(provider).__name__}; test what it offers"
            )


def _plain(capability: Capability) -> Capability:
    """The same with its quotas as a tuple: one of them may stand without."""
    return evolve(capability, quota=capability.limits)
