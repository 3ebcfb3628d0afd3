"""Those who get the same client share it: leaving a block gives back one's own hold, and the last one closes."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from brokerport import Client, ClientClosedError, DeadlineError, Registry
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


# What is each caller's own


def test_callers_with_300_timeouts_share_one_connection_and_each_keeps_his_own() -> None:
    made: list[Toy] = []
    registry = Registry()
    registry.register("toy", lambda _: made.append(Toy(None)) or made[-1])  # type: ignore[func-returns-value]
    clients = [registry.get("toy", timeout=seconds) for seconds in range(1, 301)]
    for client in clients:
        client.ark_dynamic("US.TSLA")
    assert (len(made), len({*clients})) == (1, 300)
    assert [client._terms.timeout for client in clients] == [*range(1, 301)]
    assert registry.get("toy", timeout=7) is clients[6]
    clients[0].close()
    assert all(client.closed for client in clients)
    registry.close()


def test_a_call_has_the_time_of_whoever_makes_it_on_a_connection_of_several() -> None:
    async def silent() -> None:
        await asyncio.get_running_loop().create_future()

    registry = brokers(None, silent)
    with registry.get("toy", timeout=60, share=False) as patient, registry.get("toy", timeout=0.05, share=False) as hasty:
        patient.ark_dynamic("US.TSLA")
        with pytest.raises(DeadlineError, match=r"had 0\.05 s"):
            hasty.ark_dynamic("US.TSLA")
        assert patient.ark_dynamic("US.TSLA").symbol.code == "TSLA"


def test_so_do_quotas_and_the_sharing_of_requests(registry: Registry) -> None:
    first, others = registry.get("toy"), [registry.get("toy", quotas=False), registry.get("toy", share=False)]
    assert [(each._terms.quotas, each._terms.share) for each in (first, *others)] == [(True, True), (False, True), (True, False)]
    assert {each._asking for each in others} == {first._asking}
    registry.close()


def test_a_route_is_shared_whatever_the_timeout(registry: Registry) -> None:
    first, second = registry.route("toy", timeout=5), registry.route("toy", timeout=6)
    assert (first._asking is second._asking, first._terms.timeout, second._terms.timeout) == (True, 5.0, 6.0)
    assert registry.route("toy", timeout=5) is first
    registry.close()


def test_those_who_hold_it_hold_it_together_whatever_their_timeouts(registry: Registry) -> None:
    with registry.get("toy", timeout=5) as one:
        with registry.get("toy", timeout=6) as other:
            other.ark_dynamic("US.TSLA")
        assert one.ark_dynamic("US.TSLA").symbol.code == "TSLA"
    assert (one.closed, other.closed) == (True, True)


def test_callers_who_are_gone_leave_nothing_but_the_connection(registry: Registry) -> None:
    first = registry.get("toy")
    for seconds in range(1, 100):
        registry.get("toy", timeout=seconds).ark_dynamic("US.TSLA")
    gc.collect()
    assert [*first._line.clients.values()] == [first]
    registry.close()
