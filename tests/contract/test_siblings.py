"""Brands of one protocol answer alike: the sandbox's questions, and the same bytes of a reply."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest

from brokerport import QUESTIONS as TABLE
from brokerport import Client, Symbol, registry
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.wire.frame import Frame, encode
from contract.brands import made
from protos import golden
from protos.gateway import Gateway, Visit

QUESTIONS: dict[str, dict[str, Any]] = {
    "ark_dynamic": {"symbol": "US.TSLA"},
    "capital_distribution": {"symbol": "HK.00700"},
    "broker_ranking": {"symbol": "HK.00700", "days_before": 1},
    "short_volume": {"symbol": "HK.00700", "limit": 120},
    "short_interest": {"symbol": "US.AAPL", "limit": 30},
}
REPLIES = {
    "ark_reply.bin": "US.TSLA",
    "ark_reply_no_dynamic.bin": "US.TSLA",
    "ark_reply_unknown_type.bin": "US.TSLA",
    "capital_reply.bin": "HK.00700",
    "capital_reply_required_only.bin": "HK.00700",
    "brokers_reply_realtime.bin": "HK.00700",
    "brokers_reply_history.bin": "HK.00700",
    "short_volume_reply_hk.bin": "HK.00700",
    "short_volume_reply_us.bin": "US.AAPL",
    "short_interest_reply_hk.bin": "HK.00700",
    "short_interest_reply_us.bin": "US.AAPL",
}
FIRST_PAGE = {"limit": None, "after": None}
ARGUMENTS: dict[str, dict[str, Any]] = {"broker_ranking": {"days_before": 0}, "short_volume": FIRST_PAGE, "short_interest": FIRST_PAGE}
BY_PROTOCOL = {endpoint.proto_id: endpoint.question for endpoint in ENDPOINTS}


def settled(ask: Callable[[], Any], other: Callable[[], Any]) -> tuple[Any, Any]:
    """Both answers, of one moment: what is of the present day changes by the minute."""
    before = ask()
    for _ in count():
        theirs, after = other(), ask()
        if before == after:
            break
        before = after
    return before, theirs


@pytest.mark.parametrize("question", QUESTIONS)
def test_siblings_give_equal_answers(question: str) -> None:
    futu, moomoo = registry.get("futu", sandbox=True), registry.get("moomoo", sandbox=True)
    ours, theirs = settled(partial(ask, futu, question), partial(ask, moomoo, question))
    assert ours == theirs
    assert (ours.source.broker, theirs.source.broker) == ("futu", "moomoo")
    assert (ours.source.sandbox, theirs.source.sandbox) == (True, True)


def ask(client: Client, question: str) -> Any:
    return getattr(client, question)(**QUESTIONS[question])


@pytest.mark.parametrize("file", REPLIES)
async def test_of_the_same_bytes_siblings_make_the_same_answer(file: str) -> None:
    futu, moomoo = [await answered(brand, file) for brand in ("futu", "moomoo")]
    assert futu == moomoo
    assert (futu.source.broker, moomoo.source.broker) == ("futu", "moomoo")


async def answered(brand: str, file: str) -> Any:
    """What a brand makes of the reply in a golden file."""

    async def script(visit: Visit) -> None:
        await visit.greet()
        request = await visit.frame()
        visit.send(encode(Frame(request.proto_id, request.serial, golden.body(file))))

    question = BY_PROTOCOL[golden.INDEX[file]["proto_id"]]
    async with Gateway(script) as gateway:
        provider = made(brand, port=gateway.port)
        ask = TABLE[question].answered_by(provider)
        assert ask is not None
        answer = await ask(Symbol.parse(REPLIES[file]), **ARGUMENTS.get(question, {}))
        await provider.aclose()
    return answer
