"""Limits as data: what can be right, how people read them, and how manifests write them."""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from brokerport.models.limits import as_tables, limits_from
from brokerport.models.quota import Account, AtOnce, Bucket, Limit, Quota

LIMITS: list[Limit] = [Quota(30, 30.0), AtOnce(5), Bucket(10, 20)]


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (Quota(30, 30.0), "30 in 30 s"),
        (Quota(60, 0.5), "60 in 0.5 s"),
        (AtOnce(5), "5 at once"),
        (Bucket(10, 20), "10 a second, bursts of 20"),
        (Bucket(0.5, 1), "0.5 a second, bursts of 1"),
        (Quota(30, 30.0, shared="quotes"), "30 in 30 s"),
    ],
)
def test_a_limit_reads_as_people_say_it(limit: Limit, text: str) -> None:
    assert str(limit) == text


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Quota(0, 30.0), ValueError, "requests = 0 must be 1 or more"),
        (lambda: Quota(1.5, 30.0), TypeError, "requests = 1.5 must be a whole number"),  # type: ignore[arg-type]
        (lambda: Quota(True, 30.0), TypeError, "requests = True must be a whole number"),
        (lambda: Quota(30, 0), ValueError, "seconds = 0 must be more than 0, and finite"),
        (lambda: Quota(30, inf), ValueError, "seconds = inf must be more than 0, and finite"),
        (lambda: Quota(30, nan), ValueError, "seconds = nan must be more than 0, and finite"),
        (lambda: Quota(30, "30"), TypeError, "seconds = '30' must be a number"),  # type: ignore[arg-type]
        (lambda: Quota(30, True), TypeError, "seconds = True must be a number"),
        (lambda: Quota(30, 30.0, shared=""), ValueError, "shared must not be empty"),
        (lambda: Quota(30, 30.0, shared=3), TypeError, "shared = 3 must be a text"),  # type: ignore[arg-type]
        (lambda: AtOnce(-1), ValueError, "requests = -1 must be 1 or more"),
        (lambda: Bucket(-0.5, 3), ValueError, "per_second = -0.5 must be more than 0, and finite"),
        (lambda: Bucket(10, 0), ValueError, "burst = 0 must be 1 or more"),
        (lambda: Account(""), ValueError, "name must not be empty"),
        (lambda: Account(7), TypeError, "name = 7 must be a text"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_right_is_refused_where_it_is_written(make: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        make()
    assert str(raised.value) == text


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_are_values(limit: Limit) -> None:
    assert pickle.loads(pickle.dumps(limit)) == limit
    assert hash(pickle.loads(pickle.dumps(limit))) == hash(limit)
    with pytest.raises(FrozenInstanceError):
        limit.shared = "quotes"  # type: ignore[misc]


# in TOML and JSON


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("{ requests = 30, seconds = 30 }", [Quota(30, 30)]),
        ("{ requests = 30, seconds = 0.5, shared = 'quotes' }", [Quota(30, 0.5, shared="quotes")]),
        ("{ at_once = 5 }", [AtOnce(5)]),
        ("{ per_second = 10, burst = 20 }", [Bucket(10, 20)]),
        ("[{ per_second = 10, burst = 10 }, { at_once = 5, shared = 'all' }]", [Bucket(10, 10), AtOnce(5, shared="all")]),
        ("[]", []),
    ],
)
def test_a_manifest_says_a_limit_or_a_list_of_them(text: str, limits: list[Limit]) -> None:
    assert limits_from(tomllib.loads(f"quota = {text}")["quota"]) == (tuple(limits), ())


@pytest.mark.parametrize(
    ("told", "limits", "strange"),
    [
        ({"requests": 30, "seconds": 30, "weight": 2}, [Quota(30, 30)], ["weight"]),
        ({"requests": 30, "days": 1}, [], ["days"]),
        ({"points": 100}, [], ["points"]),
        ([{"at_once": 5}, {"points": 100, "weight": 2}, {"at_once": 6, "weight": 3}], [AtOnce(5), AtOnce(6)], ["points", "weight"]),
    ],
)
def test_what_a_later_version_may_know_is_left_out_and_told(told: Any, limits: list[Limit], strange: list[str]) -> None:
    assert limits_from(told) == (tuple(limits), tuple(strange))


@pytest.mark.parametrize(
    ("told", "error", "text"),
    [
        (30, TypeError, r"^30 must be a table or a list of tables, such as { requests = 30, seconds = 30 }"),
        ([30], TypeError, r"^30 must be a table or a list"),
        ({"requests": 30}, ValueError, r"must have requests and seconds, or at_once, or per_second and burst"),
        ({}, ValueError, r"must have requests and seconds"),
        ({"requests": 30, "seconds": 30, "at_once": 5}, ValueError, r"says at_once too; write a list of tables for several limits"),
        ({"requests": 0, "seconds": 30}, ValueError, r"requests = 0 must be 1 or more"),
        ({"at_once": "5"}, TypeError, r"requests = '5' must be a whole number"),
    ],
)
def test_a_mistake_is_told(told: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        limits_from(told)


shared, sizes, rates = st.sampled_from([None, "quotes", "all"]), st.integers(1), st.floats(0.001, 1e6)
limits: st.SearchStrategy[Limit] = st.one_of(
    st.builds(Quota, sizes, rates, shared=shared), st.builds(AtOnce, sizes, shared=shared), st.builds(Bucket, rates, sizes, shared=shared)
)


@given(st.lists(limits, max_size=3))
def test_what_is_told_of_limits_reads_as_the_same_limits(limits: list[Limit]) -> None:
    tables = as_tables(limits)
    assert limits == ([] if tables is None else list(limits_from(tables)[0]))


def test_one_limit_is_a_table_and_several_are_a_list() -> None:
    assert as_tables(()) is None
    assert as_tables(LIMITS[:1]) == {"requests": 30, "seconds": 30.0}
    assert as_tables(LIMITS) == [{"requests": 30, "seconds": 30.0}, {"at_once": 5}, {"per_second": 10, "burst": 20}]
