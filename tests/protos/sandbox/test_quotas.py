from __future__ import annotations

import pytest
from attrs import define

from brokerport_opend.sandbox import Sandbox
from brokerport_opend.sandbox.quotas import QUOTAS, QuotaLog
from brokerport_opend.sandbox.refusals import Refused
from protos.sandbox.raw_client import RawClient

TENCENT = {"market": 1, "code": "00700"}


@define
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def taken(log: QuotaLog, proto_id: int, times: int) -> int:
    """How many of so many requests are let through."""
    before = log.accepted[proto_id]
    for _ in range(times):
        try:
            log.take(proto_id)
        except Refused:
            continue
    return log.accepted[proto_id] - before


@pytest.mark.parametrize(("proto_id", "limit"), [(3212, 30), (3247, 30), (3248, 30), (3249, 30), (3424, 60)])
def test_a_window_takes_its_quota_and_no_more(proto_id: int, limit: int) -> None:
    log = QuotaLog(Clock())
    assert taken(log, proto_id, limit + 5) == limit
    assert (log.accepted[proto_id], log.refused[proto_id]) == (limit, 5)


def test_the_next_request_has_to_come_more_than_30_seconds_after_the_first() -> None:
    clock = Clock()
    log = QuotaLog(clock)
    assert taken(log, 3248, 31) == 30
    clock.seconds += 30
    assert taken(log, 3248, 1) == 0
    clock.seconds += 0.001
    assert taken(log, 3248, 31) == 30


def test_the_window_slides() -> None:
    clock = Clock()
    log = QuotaLog(clock)
    for _ in range(30):
        clock.seconds += 0.5
        assert taken(log, 3248, 1) == 1
    clock.seconds = 1000.5 + 30.25  # the first is over, the second is not
    assert taken(log, 3248, 2) == 1
    clock.seconds += 0.5
    assert taken(log, 3248, 2) == 1


def test_refused_requests_do_not_count() -> None:
    clock = Clock()
    log = QuotaLog(clock)
    assert taken(log, 3248, 30) == 30
    clock.seconds += 29
    assert taken(log, 3248, 1000) == 0
    clock.seconds += 1.5
    assert taken(log, 3248, 30) == 30


def test_every_protocol_has_a_quota_of_its_own() -> None:
    log = QuotaLog(Clock())
    assert taken(log, 3248, 31) == 30
    assert taken(log, 3249, 31) == 30


def test_every_refusal_says_what_and_how_often() -> None:
    log = QuotaLog(Clock())
    for proto_id, quota in QUOTAS.items():
        taken(log, proto_id, quota.requests)
        with pytest.raises(Refused) as refusal:
            log.take(proto_id)
        assert refusal.value.text == f"{quota.name}频率太高，请求失败，每30秒最多{quota.requests}次。"


async def test_all_clients_share_the_account_and_pages_count() -> None:
    clock = Clock()
    async with Sandbox(clock=clock) as sandbox:
        clients = [await RawClient.greet(sandbox) for _ in range(3)]
        key = ""
        for n in range(30):
            key = (await clients[n % 3].ask(3248, security=TENCENT, nextKey=key, num=1)).s2c.nextKey
        refusal = await clients[0].ask(3248, security=TENCENT)
        assert (refusal.retType, refusal.retMsg) == (-1, "获取每日卖空量频率太高，请求失败，每30秒最多30次。")
        assert not refusal.HasField("s2c")
        clock.seconds += 30.01
        assert (await clients[1].ask(3248, security=TENCENT)).retType == 0
        assert sandbox.quota_log is not None
        assert (sandbox.quota_log.accepted[3248], sandbox.quota_log.refused[3248]) == (31, 1)
        for client in clients:
            await client.close()


async def test_without_quotas_every_request_is_answered() -> None:
    async with Sandbox(quotas=False) as sandbox:
        client = await RawClient.greet(sandbox)
        assert [(await client.ask(3424, security=TENCENT)).retType for _ in range(100)] == [0] * 100
        assert sandbox.quota_log is None
        await client.close()
