"""What has to hold of a gateway before it can answer: key, address, handshake and login."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

from attrs import frozen

from brokerport import ConnectError, HandshakeError, RejectedError, Step
from brokerport_opend.connecting.session import Session
from brokerport_opend.endpoints.replies import SUCCESS, clean, parse, version
from brokerport_opend.messages import global_state_pb2
from brokerport_opend.wire.rsa import Rsa

GLOBAL_STATE = 1002
NO_OPEND = "does not speak OpenD's protocol"  # in what a frame of another kind is refused with


@frozen
class Checks:
    """The steps from the key's file to the login; all of them use the provider's own session."""

    gateway: str  #: what it is called, for people
    key: Callable[[], Awaitable[Rsa | None]]  #: reads it
    session: Callable[[], Awaitable[Session]]  #: the same each time
    since: int = 0  #: the version of the gateway that the question came with

    def steps(self) -> tuple[Step, ...]:
        """See ``Provider.checks``."""
        return (
            Step("key", self._read_key, "set rsa_key to the file of the gateway's RSA key, or leave it out when it has none"),
            Step("gateway reachable", self._reach, f"start {self.gateway}, or set host and port"),
            Step(
                "handshake",
                self._shake_hands,
                f"log in to {self.gateway}, and give both the same RSA key or none",
            ),
            Step("gateway logged in", self._see_whether_logged_in, f"log in to {self.gateway}"),
        )

    async def _read_key(self) -> str:
        return "no rsa_key: nothing is encrypted" if await self.key() is None else "a private key, in a file that nobody else can change"

    async def _reach(self) -> str:
        """By a connection of its own: the session's says no more than that its handshake failed."""
        session = await self.session()
        try:
            async with asyncio.timeout(session.patience.connect):
                _, writer = await asyncio.open_connection(session.host, session.port)
        except TimeoutError as error:
            raise ConnectError(f"{session.address} did not answer within {session.patience.connect:g} s; {session.hint}") from error
        except (OSError, ValueError) as error:  # ValueError: the host can be no name
            raise ConnectError(f"nobody listens at {session.address} ({_reason(error)}); {session.hint}") from error
        writer.close()
        with suppress(OSError):  # of a gateway that has hung up before
            await writer.wait_closed()
        return session.address

    async def _shake_hands(self) -> str:
        session = await self.session()
        try:
            told = await session.ready()
        except HandshakeError as error:
            if NO_OPEND in str(error.__cause__):  # all that a gateway itself sends begins as a frame does
                raise ConnectError(f"{error.__cause__}; another program has this port: set host and port") from error
            raise
        encrypted = "in the clear" if session.key is None else "encrypted"
        old = told.server_version < self.since
        lacking = f"; too old for this question, which came with {version(self.since)}: upgrade it" if old else ""
        return f"{self.gateway} {version(told.server_version)}{', a sandbox' if told.sandbox else ''}, {encrypted}{lacking}"

    async def _see_whether_logged_in(self) -> str:
        session = await self.session()
        told = await session.ready()
        state = await global_state(session)
        if not state.qotLogined:
            raise ConnectError(f"the gateway at {session.address} is not logged in to its quote servers; log in to {self.gateway}")
        return f"to the quote servers, as user {told.user_id}"


async def global_state(session: Session) -> global_state_pb2.S2C:
    """What the gateway tells of itself and the markets.

    Raises:
        RejectedError: It does not tell.
        ConnectError, HandshakeError, BadReplyError, ClientClosedError
    """
    asking = global_state_pb2.Request(c2s={"userID": 0}).SerializeToString()
    body = await session.request(GLOBAL_STATE, asking)
    response: global_state_pb2.Response = parse(global_state_pb2.Response, f"GetGlobalState of {session.address}", body)
    if response.retType == SUCCESS and response.HasField("s2c"):
        return response.s2c
    words = clean(response.retMsg)
    refused = f"the gateway at {session.address} does not tell its state (code {response.retType}): {words or 'no reason given'}"
    raise RejectedError(refused, code=response.retType, text=words)


def _reason(error: Exception) -> str:
    """The system's own words: those of asyncio repeat the address."""
    if isinstance(error, OSError) and error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno)
    return str(error)
