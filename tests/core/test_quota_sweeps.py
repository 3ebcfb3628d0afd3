"""400 requests at 60 in 30 s, in made-up time: none refused, and hardly slower than the rule itself allows."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from attrs import define

from brokerport import Quota
from brokerport.models.quota import Account
from brokerport.quotas import keeper
from brokerport.quotas.account import log_of
from brokerport.quotas.leases import NOTHING_KEPT, Kept, Lease, Log
from brokerport.quotas.limiter import Limiter
from brokerport.quotas.rules import Rule
from brokerport.testing import run_in_virtual_time
from core.strict_gateway import LATENCIES, StrictGateway, sweep

QUOTA = Quota(60, 30.0)
REQUESTS = 400
IDEAL = (REQUESTS - 1) // QUOTA.requests * QUOTA.seconds

SHARES = {
    "one process, in memory": (True, (400,)),
    "one process": (False, (400,)),
    "two processes": (False, (200, 200)),
    "two processes, one of them hardly asking": (False, (399, 1)),
    "two processes, one asking more": (False, (300, 100)),
}


def limiter(account: str = "acme user 1", name: str = "3424", *, local: bool = False) -> Limiter:
    return Limiter(QUOTA, name=name, account=Account(account, local=local), clock=asyncio.get_running_loop().time)


@define
class Counting:
    """A log that counts how often it was asked in vain."""

    log: Log
    in_vain: int = 0

    def take(self, rule: Rule, now: float, kept: Kept = NOTHING_KEPT, who: int = 0) -> Lease | float:
        taken = self.log.take(rule, now, kept, who)
        self.in_vain += not isinstance(taken, Lease)
        return taken

    def settle(self, lease: Lease, when: float) -> None:
        self.log.settle(lease, when)

    def refuse(self, lease: Lease, now: float, hold: float) -> None:
        self.log.refuse(lease, now, hold)

    def wait(self, rule: Rule, now: float, ahead: int = 0) -> float:
        return self.log.wait(rule, now, ahead)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("processes", SHARES)
def test_none_is_refused_and_the_quota_is_used_to_the_full(
    processes: str, latency: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs: list[Counting] = []

    def counting(account: Account, name: str) -> Counting:
        logs.append(Counting(log_of(account, name)))
        return logs[-1]

    monkeypatch.setattr(keeper, "log_of", counting)

    async def run() -> tuple[StrictGateway, float, int]:
        gateway, random, law = StrictGateway(QUOTA), Random(seed), LATENCIES[latency]
        local, parts = SHARES[processes]
        limiters = [limiter(local=local) for _ in parts]
        await asyncio.gather(*(sweep(part, limiter, gateway, law, random) for part, limiter in zip(parts, limiters, strict=True)))
        return gateway, gateway.accepted[-1], sum(each.in_vain for each in logs)

    gateway, took, in_vain = run_in_virtual_time(run())
    assert (len(gateway.accepted), gateway.refused) == (REQUESTS, [])
    assert IDEAL / took >= 0.97
    assert in_vain / REQUESTS <= 2


def test_a_restart_in_the_middle_of_a_window_is_not_refused() -> None:
    async def run() -> StrictGateway:
        gateway, random = StrictGateway(QUOTA), Random(1)
        for part in (50, 50, 20):  # each is a process of its own, which knows nothing of the one before
            await sweep(part, limiter(), gateway, LATENCIES["1-5 ms"], random)
        return gateway

    gateway = run_in_virtual_time(run())
    assert (len(gateway.accepted), gateway.refused) == (120, [])
    assert 30 < gateway.accepted[-1] < 31


def test_questions_and_accounts_do_not_share() -> None:
    async def run() -> float:
        loop, random = asyncio.get_running_loop(), Random(1)
        for account, name in (("futu user 1", "3424"), ("futu user 1", "3212"), ("moomoo user 1", "3424"), ("futu user 2", "3424")):
            await sweep(60, limiter(account, name), StrictGateway(QUOTA), LATENCIES["zero"], random)
        return loop.time()

    assert run_in_virtual_time(run()) < 1
