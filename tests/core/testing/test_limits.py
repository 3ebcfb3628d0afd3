"""What the contract says of limits: values of brokerport's, of numbers above nothing."""

from __future__ import annotations

from math import inf

import pytest
from attrs import frozen

from brokerport import Quota
from brokerport.testing.limits import faults


@frozen
class Bucket:
    """A kind of limit that says its numbers by other names."""

    per_second: float
    burst: int
    shared: str | None = None

    def __str__(self) -> str:
        return f"{self.per_second:g} a second"


@pytest.mark.parametrize("limits", [(), (Quota(30, 30.0),), (Quota(30, 0.5), Bucket(0.5, 5)), (Bucket(10, 5, shared="all"),)])
def test_limits_of_any_kind_can_be_kept(limits: object) -> None:
    assert list(faults(limits)) == []


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (None, "limits None, which are no tuple"),
        ([Bucket(1, 1)], "limits [Bucket(per_second=1, burst=1, shared=None)], which are no tuple"),
        (("30 in 30 s",), "the limit '30 in 30 s', which is none of brokerport's, such as Quota(30, 30.0)"),
        ((Bucket(0.0, 5),), "the limit 0 a second with per_second 0.0; it has to be above 0"),
        ((Bucket(inf, 5),), "the limit inf a second with per_second inf; it has to be above 0"),
        ((Bucket(1, -1),), "the limit 1 a second with burst -1; it has to be above 0"),
    ],
)
def test_what_cannot_be_kept_is_named(limits: object, said: str) -> None:
    assert list(faults(limits)) == [said]
