"""Hypothesis drives the wire against the model: each body that comes out belongs to the request that asked, whatever happens between.

``make machine OPERATIONS=1000000`` is the random run at length; the seed that a failed one prints is for ``make machine SEED=``.
"""

from __future__ import annotations

from random import Random, SystemRandom
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from brokerport_opend.wire.cipher import PLAIN, Cipher
from stateful.wire import CIPHERS, IN_FLIGHT, PROTOCOLS, PUSHED, Wire, run

OPERATIONS = 20_000

any_place = st.integers(0, IN_FLIGHT - 1)
flying = precondition(lambda machine: bool(machine.wire.flying))


class WireMachine(RuleBasedStateMachine):
    """What can be done to a wire, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.wire = Wire(Random(0), PLAIN)

    @initialize(seed=st.integers(0, 2**32), cipher=st.sampled_from(CIPHERS))
    def connect(self, seed: int, cipher: Cipher) -> None:
        self.wire = Wire(Random(seed), cipher)

    @rule(protocol=st.sampled_from(PROTOCOLS))
    def send(self, protocol: int) -> None:
        self.wire.send(protocol)

    @flying
    @rule(place=any_place)
    def deliver(self, place: int) -> None:
        self.wire.deliver(place % len(self.wire.flying))

    @flying
    @rule(data=st.data())
    def deliver_in_any_order(self, data: st.DataObject) -> None:
        self.wire.deliver_some(data.draw(st.permutations(range(len(self.wire.flying)))))

    @precondition(lambda machine: bool(machine.wire.arrived))
    @rule(place=any_place)
    def duplicate(self, place: int) -> None:
        self.wire.duplicate(place % len(self.wire.arrived))

    @precondition(lambda machine: bool(machine.wire.waiting))
    @rule(place=any_place)
    def give_up(self, place: int) -> None:
        self.wire.forget(list(self.wire.waiting)[place % len(self.wire.waiting)])

    @flying
    @rule(place=any_place)
    def never_answer(self, place: int) -> None:
        self.wire.lose(place % len(self.wire.flying))

    @flying
    @rule(protocol=st.sampled_from(PUSHED), place=any_place)
    def push_with_our_serial(self, protocol: int, place: int) -> None:
        self.wire.push(protocol, self.wire.flying[place % len(self.wire.flying)].key.serial)

    @flying
    @rule(protocol=st.sampled_from(PROTOCOLS), place=any_place)
    def answer_another_protocol_with_our_serial(self, protocol: int, place: int) -> None:
        self.wire.stray(protocol, self.wire.flying[place % len(self.wire.flying)].key.serial)

    @rule(protocol=st.sampled_from(PROTOCOLS), serial=st.integers(0, 2**32 - 1))
    def answer_nobody(self, protocol: int, serial: int) -> None:
        self.wire.stray(protocol, serial)

    @flying
    @rule(place=any_place, byte=st.integers(0, 200))
    def cut(self, place: int, byte: int) -> None:
        self.wire.cut(place % len(self.wire.flying), byte)

    @rule()
    def reconnect(self) -> None:
        self.wire.reconnect()

    @rule(before=st.integers(0, 5))
    def wrap_the_serial(self, before: int) -> None:
        self.wire.wrap(before)

    @invariant()
    def every_body_is_its_own_requests_and_every_orphan_is_counted(self) -> None:
        self.wire.check()


TestWireMachine: Any = WireMachine.TestCase
TestWireMachine.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)


@pytest.mark.timeout(15)
def test_nothing_is_delivered_to_another_in_a_long_random_run() -> None:
    seed = SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    wire = run(seed, OPERATIONS)
    assert wire.operations >= OPERATIONS
    assert wire.misdelivered == 0
