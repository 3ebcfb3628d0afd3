"""The official SDKs as clients of the encrypted sandbox, beside ours: equal values, whatever stands between them and the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brokerport import RejectedError, registry
from brokerport_opend.messages import init_connect_pb2
from brokerport_opend.sandbox import Sandbox, encryption, gateway
from brokerport_opend.sandbox.encryption import Encryption
from brokerport_opend.wire.aes import Cbc, TailedEcb
from brokerport_opend.wire.cipher import Plain
from keys import PKCS1, PKCS8, key, pem, write
from peers.columns import differences
from peers.gateways import AskOfficial, standing_still
from peers.questions import Question

pytestmark = pytest.mark.timeout(60)  # a process starts, imports an SDK and asks everything

QUESTIONS = [
    Question("ark_dynamic", "US.TSLA"),
    Question("capital_distribution", "HK.00700"),
    Question("broker_ranking", "HK.00700"),
    Question("broker_ranking", "HK.00700", days_before=3),
    Question("short_volume", "HK.00700", limit=50),
    Question("short_volume", "US.TSLA", limit=50),
    Question("short_interest", "HK.00700", limit=50),
    Question("short_interest", "US.AAPL", limit=50),
    *(Question("short_volume", "US.AAPL", limit=limit) for limit in range(1, 18)),  # bodies of many lengths modulo 16
]
REFUSED = Question("ark_dynamic", "US.UNKNOWN")

#: the algorithm that the SDK asks for, and what then is spoken
ALGORITHMS = {"2": Cbc, "0": TailedEcb, "-1": Plain}


@pytest.fixture(scope="module", params=[PKCS1, PKCS8], ids=["PKCS1", "PKCS8"])
def key_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1024 bits: the SDKs cannot read a reply made with a larger one."""
    return write(tmp_path_factory.mktemp("key"), pem(key(1024), request.param))


@pytest.fixture(scope="module")
def sandbox(key_path: Path) -> Iterator[Sandbox]:
    with standing_still(quotas=False, rsa_key=key_path) as sandbox:
        yield sandbox


@pytest.fixture
def ours(brand: str, sandbox: Sandbox, key_path: Path) -> Iterator[Any]:
    with registry.get(brand, port=sandbox.port, quotas=False, rsa_key=key_path) as client:
        yield client


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, type]]:
    """Every client that shook hands, and the cipher that was agreed on with it."""
    met: list[tuple[str, type]] = []

    def agree(c2s: init_connect_pb2.C2S, *, has_key: bool) -> Encryption:
        agreed = encryption.agree(c2s, has_key=has_key)
        met.append((c2s.clientID, type(agreed.cipher)))
        return agreed

    monkeypatch.setattr(gateway, "agree", agree)
    return met


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_sdk_is_told_what_we_are_told(
    algorithm: str, spoken: list[tuple[str, type]], sandbox: Sandbox, key_path: Path, ours: Any, ask_official: AskOfficial
) -> None:
    answers = ask_official(sandbox.port, [*QUESTIONS, REFUSED], str(key_path), algorithm)
    for question, answer in zip(QUESTIONS, answers, strict=False):
        (page,) = json.loads(answer)
        assert differences(question.symbol, page, getattr(ours, question.method)(question.symbol, **question.arguments)) == []
    assert json.loads(answers[-1])[0][:2] == [-1, "unknown stock US.UNKNOWN"]
    with pytest.raises(RejectedError, match="unknown stock"):
        ours.ark_dynamic("US.UNKNOWN")
    assert spoken == [("PyNormal", ALGORITHMS[algorithm]), ("brokerport", Cbc)]
