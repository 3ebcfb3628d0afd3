"""Those who get the same client share it: leaving a block gives back one's own hold, and the last one closes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from brokerport import Client, ClientClosedError, Registry
from core.toy import Toy, brokers

ASKED = 20


@pytest.fixture
def registry() -> Registry:
    return brokers()


def test_four_threads_that_each_leave_their_block_answer_all(registry: Registry) -> None:
    begun = threading.Barrier(4)

    def work(calls: int) -> int:
        with registry.get("toy") as toy:
            begun.wait()
            return sum(toy.ark_dynamic("US.TSLA").symbol.code == "TSLA" for _ in range(calls))

    with ThreadPoolExecutor(4) as threads:
        answered = list(threads.map(work, [1, ASKED, 2 * ASKED, 3 * ASKED]))
    assert answered == [1, ASKED, 2 * ASKED, 3 * ASKED]
    assert registry.get("toy").ark_dynamic("US.TSLA").symbol.code == "TSLA"  # a new one: the last who left closed the other
    registry.close()


def test_the_last_who_leaves_closes(registry: Registry) -> None:
    first, second = registry.get("toy"), registry.get("toy")
    assert first is second
    with first:
        with second:
            second.ark_dynamic("US.TSLA")
        assert not first.closed
    assert first.closed
    with pytest.raises(ClientClosedError):
        first.ark_dynamic("US.TSLA")


def test_who_never_entered_a_block_keeps_it_open(registry: Registry) -> None:
    plain = registry.get("toy")
    with registry.get("toy") as other:
        other.ark_dynamic("US.TSLA")
    assert plain.ark_dynamic("US.TSLA").symbol.code == "TSLA"
    plain.close()
    assert plain.closed


def test_a_block_inside_of_a_block_does_not_close_the_outer(registry: Registry) -> None:
    client = registry.get("toy")
    with client:
        with client:
            pass
        assert client.ark_dynamic("US.TSLA").symbol.code == "TSLA"
    assert client.closed


def test_close_is_for_all(registry: Registry) -> None:
    with registry.get("toy") as one, registry.get("toy") as other:
        one.close()
        assert other.closed


def test_a_client_made_without_a_registry_closes_with_its_block() -> None:
    with Client(Toy, broker="toy") as client:
        client.ark_dynamic("US.TSLA")
    assert client.closed
