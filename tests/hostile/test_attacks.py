"""Every attack of the table, a few times: each attempt ends in a true answer, or in the error that is right."""

from __future__ import annotations

from random import Random

import pytest

from hostile.attack import SPELL, Attack
from hostile.table import ATTACKS


@pytest.mark.timeout(SPELL + 10)  # a program that hangs is killed before, and told of
@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_every_attempt_ends_as_promised(attack: Attack) -> None:
    tally = attack.run(Random(1), attack.times)
    assert tally.broken == []
    assert tally.tried == tally.answered + tally.refused.total() > 0
