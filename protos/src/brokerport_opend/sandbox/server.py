"""The sandbox's front door: a listening socket and the connections made through it."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from attrs import evolve
from google.protobuf.message import Message

from brokerport_opend import key_file
from brokerport_opend.messages import common_pb2, notify_pb2
from brokerport_opend.sandbox import numbers
from brokerport_opend.sandbox.address import bind_address, warn_if_exposed
from brokerport_opend.sandbox.connections import Connections
from brokerport_opend.sandbox.faults.fault import Fault
from brokerport_opend.sandbox.faults.switches import Faults, Switch
from brokerport_opend.sandbox.gateway import Gateway
from brokerport_opend.sandbox.limits import MAX_CONNECTIONS
from brokerport_opend.sandbox.listening import refuse_further
from brokerport_opend.sandbox.own_thread import OwnThread
from brokerport_opend.sandbox.places import Places
from brokerport_opend.sandbox.quotas import LANGUAGE, QuotaLog
from brokerport_opend.sandbox.replay import ReplayGateway, tape
from brokerport_opend.sandbox.scenario import Scenario
from brokerport_opend.sandbox.seen import Request
from brokerport_opend.sandbox.world.markets import check_zones
from brokerport_opend.wire.pushes import NOTIFY

if TYPE_CHECKING:
    from brokerport_opend.sandbox.websocket import WebsocketDoor


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """A gateway on the loopback interface, with synthetic data: ``async with Sandbox() as sandbox``.

    ``with Sandbox() as sandbox`` runs it on a thread of its own. Faults may be switched on and requests looked at on any thread.

    Args:
        host: An address of the loopback interface. Any other raises ValueError unless the sandbox is told twice: ``exposed`` too.
        exposed: Other machines may reach it. It then needs an ``rsa_key``, as it lets every client in that has it, and has no WebSockets.
        port: 0 takes a free one; ``port`` then tells which.
        seed: Another seed is another world; None takes the scenario's, which is 0 unless it says another.
        scenario: What it tells and what goes wrong in it: a Scenario, or a TOML file of one, which may raise ScenarioError.
        rsa_key: File of a private key: handshakes have to be encrypted with it, as at a real gateway that has one. What is wrong with
            the file raises KeyFileError.
        rsa_key_mounted: That file is a secret that a container's runtime mounts: links may lead to it, and others may read it.
        quotas: False answers however often it is asked.
        count_refused: Requests that are refused for the quota count against it too.
        first_page_only: Pages after the first do not count.
        language: In which a used-up quota is refused: "zh" or "en".
        max_connections: At once, by both doors; further clients are hung up on, and counted in ``turned_away``.
        keep_alive_interval: Seconds between two keep-alives; a client is dropped after four without a frame, or without a greeting.
        clock: Seconds, for the quotas; a loop's own ``time`` where that is virtual.
        now: The moment it is in the made-up world; aware.
        websocket_port: Listen for WebSockets too, by which the JavaScript SDK comes; 0 takes a free port, ``websocket_port`` then tells
            which. Without the package websockets it raises ValueError.
        websocket_key: The text of the key that they have to know; None lets every one in.
        replay: Folder of a recording: only what it holds is answered, without quotas. What is wrong with it raises ValueError.

    What another argument makes meaningless raises ValueError too, such as ``language`` with ``quotas=False``.
    """

    _thread: OwnThread  # while it runs on a thread of its own

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        exposed: bool = False,
        port: int = 0,
        seed: int | None = None,
        scenario: Scenario | Path | str | None = None,
        rsa_key: Path | str | None = None,
        rsa_key_mounted: bool = False,
        quotas: bool = True,
        count_refused: bool = False,
        first_page_only: bool = False,
        language: str = LANGUAGE,
        max_connections: int = MAX_CONNECTIONS,
        keep_alive_interval: float = 10,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = _utc_now,
        websocket_port: int | None = None,
        websocket_key: str | None = None,
        replay: Path | str | None = None,
    ) -> None:
        check_zones()
        self.host = bind_address(host, exposed=exposed, has_key=rsa_key is not None, has_websockets=websocket_port is not None)
        self.port = numbers.whole("port", port, numbers.PORTS)
        own = {"count_refused": count_refused, "first_page_only": first_page_only, "language": language != LANGUAGE}
        _refuse_moot([name for name, said in own.items() if said], quotas=quotas, replay=replay)
        log_of_quotas = QuotaLog(clock, count_refused=count_refused, first_page_only=first_page_only, language=language)
        self.quota_log = log_of_quotas if quotas else None  #: which requests were let through, and which were refused
        self.scenario = _scenario(scenario, seed)
        key = None if rsa_key is None else key_file.read(rsa_key, mounted=rsa_key_mounted)
        self.replay = replay
        if replay is not None and (self.scenario.given or self.scenario.unknown):
            raise ValueError("replay answers from the recording alone: leave given answers and unknown symbols out of the scenario")
        gateway = Gateway if replay is None else partial(ReplayGateway, tape=tape(replay))
        interval = numbers.seconds("keep_alive_interval", keep_alive_interval)
        self._gateway = gateway(self.seed, interval, now, self.quota_log, key=key, scenario=self.scenario)
        for fault in self.scenario.faults:
            self.faults.add(fault)
        self._places = Places(numbers.whole("max_connections", max_connections, numbers.COUNTS))
        self._websocket = _websocket_door(self._gateway, self._places, self.host, websocket_port, websocket_key)
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections = Connections(self._gateway, self._places)

    @property
    def websocket_port(self) -> int | None:
        """Where it listens for WebSockets; None if it does not."""
        return self._websocket.port if self._websocket else None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, as sockets take them."""
        return self.host, self.port

    @property
    def seed(self) -> int:
        """What its world and its chances are drawn by."""
        return self.scenario.seed

    @property
    def faults(self) -> Faults:
        """What goes wrong in it; ``add`` switches a fault on."""
        return self._gateway.faults

    def fault(self, kind: str, **when: Any) -> Switch:
        """Switch on ``Fault(kind, **when)``, for a ``with`` block or until ``off`` is called."""
        return self.faults.add(Fault(kind, **when))

    @property
    def turned_away(self) -> int:
        """Clients that came when there were as many as there may be."""
        return self._places.turned_away

    @property
    def requests(self) -> tuple[Request, ...]:
        """What it was asked, oldest first; the last 10,000 requests."""
        return self._gateway.seen.all()

    async def start(self) -> None:
        """Listen. After ``aclose`` it may be started again, on the same port.

        Raises:
            OSError: The port is in use, or may not be used.
        """
        if self._server is not None:
            raise RuntimeError("the sandbox is running")
        try:
            self._loop = loop = asyncio.get_running_loop()
        except RuntimeError as error:
            raise RuntimeError(
                "the sandbox needs asyncio; without it, as with trio, `with Sandbox()` runs it on a thread of its own"
            ) from error
        self._server = await loop.create_server(self._connections.open, self.host, self.port, start_serving=False)
        if not self._server.sockets:  # asyncio passes over a kind of address that the machine does not speak
            self._server = None
            raise OSError(errno.EAFNOSUPPORT, f"this machine has no addresses like {self.host}")
        self.port = self._server.sockets[0].getsockname()[1]
        self._connections.look_after()
        warn_if_exposed(self.host, self.port)
        try:
            await self._server.start_serving()
            if self._websocket:
                await self._websocket.start()
        except BaseException:  # cancelled: a socket that nobody knows of must not go on listening
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Stop listening and hang up on everyone; nothing is left when it returns."""
        server, self._server = self._server, None
        if server is None:
            return
        if self._websocket:
            await self._websocket.aclose()
        await refuse_further(server.sockets)
        server.close()
        await self._connections.aclose()
        await server.wait_closed()
        self._gateway.warnings.end()

    def forsake(self, let_go: Callable[[int], None]) -> None:
        """In a forked child: leave the clients to the parent. ``let_go`` has a descriptor lead nowhere."""
        if self._server is None or self._loop is None:
            return
        for each in self._server.sockets:
            descriptor = each.fileno()
            let_go(descriptor)
            self._loop.remove_reader(descriptor)
        self._connections.forsake(let_go)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def __enter__(self) -> Self:
        thread = OwnThread(self.start, self.aclose)
        thread.start()
        self._thread = thread
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.stop()

    def notify(self, s2c: notify_pb2.S2C) -> None:
        """Push a Notify, such as a changed login, to the clients that asked for them; from any thread."""
        self.push(NOTIFY, notify_pb2.Response(retType=common_pb2.RetType_Succeed, s2c=s2c))

    def push(self, proto_id: int, message: Message) -> None:
        """Push a protocol's whole Response to every client that has shaken hands; from any thread.

        A client that does not read what it was sent misses it.
        """
        if self._server is None or self._loop is None:
            raise RuntimeError("the sandbox is not running")
        as_it_is_now = type(message).FromString(message.SerializeToString())
        self._loop.call_soon_threadsafe(self._push, proto_id, as_it_is_now)

    def _push(self, proto_id: int, message: Message) -> None:
        self._connections.push(proto_id, message)
        if self._websocket:
            self._websocket.push(proto_id, message.SerializeToString())


def _refuse_moot(own: Sequence[str], *, quotas: bool, replay: object) -> None:
    """How quotas are kept says nothing where there are none."""
    if own and (replay is not None or not quotas):
        without = "replay has no quotas" if quotas else "quotas=False keeps none"
        raise ValueError(f"{without}: leave {', '.join(own)} out")


def _websocket_door(gateway: Gateway, places: Places, host: str, port: int | None, key: str | None) -> WebsocketDoor | None:
    if key is not None and (not isinstance(key, str) or not key or port is None):
        raise ValueError("websocket_key is a text, and goes with a websocket_port; None lets every one in")
    if port is None:
        return None
    numbers.whole("websocket_port", port, numbers.PORTS)
    try:
        from brokerport_opend.sandbox.websocket import WebsocketDoor
    except ImportError as error:
        missing = "WebSockets need the package websockets: pip install 'brokerport-opend[websocket]', or only 'websockets>=14'"
        raise ValueError(f"websocket_port: {missing}") from error
    return WebsocketDoor(gateway, places, host, port, key)


def _scenario(given: Scenario | Path | str | None, seed: int | None) -> Scenario:
    scenario = Scenario() if given is None else given if isinstance(given, Scenario) else Scenario.read(given)
    return scenario if seed is None else evolve(scenario, seed=seed)
