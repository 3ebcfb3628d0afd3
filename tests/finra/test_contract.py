"""FINRA's files keep the contract of every broker."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import ClassVar

import pytest

from brokerport import Provider
from brokerport.testing import ProviderContract
from brokerport.testing.contract.failures import Failure
from core.kit.web import Answer, serving
from finra.conftest import Make
from finra.server import FileServer

FAULTS: dict[Failure, Answer] = {
    "silent": Answer(hold=asyncio.Event()),
    "refusing": Answer(status="451 Unavailable For Legal Reasons"),
    "exhausted": Answer(status="429 Too Many Requests", headers=("Retry-After: 60",)),
    "garbled": Answer(b"<html>"),
}


class TestFinra(ProviderContract):
    symbols: ClassVar = {"short_volume": ["US.AAPL", "US.BRK.B"]}

    @pytest.fixture
    def make(self, server: FileServer, make: Make) -> Callable[[], Provider]:
        return make

    @pytest.fixture
    def broken(self, make: Make) -> Iterator[Mapping[Failure, Callable[[], Provider]]]:
        with ExitStack() as servers, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # and does not listen
            urls: dict[Failure, str] = {"unreachable": f"http://127.0.0.1:{taken.getsockname()[1]}"}
            for failure, answer in FAULTS.items():
                urls[failure] = servers.enter_context(serving(FileServer(otherwise=answer))).url
            yield {failure: partial(make, url=url) for failure, url in urls.items()}
