"""An access token in a file of the user's own, got anew by one at a time: one task of a process, one process of the user."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from attrs import define, field, frozen

from brokerport.errors import ConnectionLostError
from brokerport.kit.clock import Clock, utc_now
from brokerport.kit.finishing import Finishing, outcome
from brokerport.logs import log
from brokerport.quotas.private_file import PrivateFile
from brokerport.reading import documents
from brokerport.settings import home
from brokerport.settings.secret import Secret

EARLY = timedelta(seconds=10)  # before it expires a token is taken to have expired: a request takes its time
LONGEST = 60.0  # seconds for one login
BUSY = 0.1  # seconds until the next look, while another process logs in

_FOLDERS = {  # where each platform keeps what a program remembers of a user
    "win32": ("LOCALAPPDATA", "AppData/Local"),
    "darwin": ("XDG_STATE_HOME", "Library/Application Support"),
    "": ("XDG_STATE_HOME", ".local/state"),
}


def _aware(_: object, __: object, when: datetime | None) -> None:
    if when is not None and when.tzinfo is None:
        raise ValueError(f"expires_at={when!r} is in no time zone")


@frozen
class Token:
    """What a login gives."""

    secret: Secret
    expires_at: datetime | None = field(default=None, validator=_aware)  #: None where only the server knows
    refresh: Secret | None = None  #: for the next login, where the server wants that

    def lasts(self, now: datetime) -> bool:
        """Whether it can be used."""
        return self.expires_at is None or now < self.expires_at - EARLY


@define(eq=False)
class TokenStore:
    """The token of one account at one server.

    It is kept in a file that nobody else can read; one that is a link, or somebody else's, is not used. Without a file that can be used
    each process logs in for itself, and the log says so.
    """

    broker: str
    account: str = field(
        repr=False
    )  #: what tells this account from others, its server's address included; only a digest of it is written down
    log_in: Callable[[Token | None], Awaitable[Token]]  #: gets a new token; is given the one before, where there was one
    now: Clock = field(default=utc_now, kw_only=True)
    _token: Token | None = field(init=False, default=None)
    _login: asyncio.Task[Token] | None = field(init=False, default=None)
    _under_way: Finishing = field(init=False, factory=Finishing)

    async def token(self) -> Token:
        """One that can be used. Raises what ``log_in`` raises, and ConnectionLostError where that takes too long."""
        if self._token is not None and self._token.lasts(self.now()):
            return self._token
        return await self._renewed(None)

    async def after(self, refused: Token) -> Token:
        """Another than ``refused``, which the server did not take though it had not expired."""
        if self._token not in (None, refused):
            return await self.token()
        return await self._renewed(refused)

    async def aclose(self) -> None:
        """End a login that is under way."""
        await self._under_way.aclose()

    async def _renewed(self, refused: Token | None) -> Token:
        """By the login under way, which is begun if there is none; whoever leaves, it goes on: a token that was given is kept."""
        if self._login is None or self._login.done():
            self._login = self._under_way.begin(self._renew(refused))
        return await outcome(self._login)

    async def _renew(self, refused: Token | None) -> Token:
        async with self._alone() as file:
            known = _read(file) if file else None
            if known and known != refused and known.lasts(self.now()):  # another process got it
                self._token = known
            else:
                self._token = await self._new(known or self._token)
                if file:
                    _write(file, self._token)
        return self._token

    async def _new(self, before: Token | None) -> Token:
        try:
            async with asyncio.timeout(LONGEST) as limit:
                return await self.log_in(before)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise ConnectionLostError(f"{self.broker}: the login did not end within {LONGEST:g} s") from error

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[PrivateFile | None]:
        """The file, with all others kept out; None where it cannot be used."""
        with ExitStack() as locks:
            file: PrivateFile | None
            try:
                file = _file(self.broker, self.account)
                while not locks.enter_context(file.locked()):  # noqa: ASYNC110  # another process sets no event here
                    await asyncio.sleep(BUSY)
            except OSError as error:
                log("token_store").warning("%s: the token is not kept, as the file for it cannot be used: %s", self.broker, error)
                file = None
            yield file


def _file(broker: str, account: str) -> PrivateFile:
    folder = _folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    return PrivateFile(sha256(f"{broker}\0{account}".encode()).hexdigest()[:32], folder)


def _folder() -> Path:
    """Where the tokens lie."""
    if (folder := home.folder(_FOLDERS)) is None:
        raise FileNotFoundError(home.UNKNOWN)
    return folder / "brokerport" / "tokens"


def _read(file: PrivateFile) -> Token | None:
    """What is kept; None for nothing, or nothing that makes sense."""
    try:
        told = documents.json(file.read().decode())
        expires_at, refresh = told["expires_at"], told["refresh"]
        return Token(Secret(told["secret"]), expires_at and datetime.fromisoformat(expires_at), refresh and Secret(refresh))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _write(file: PrivateFile, token: Token) -> None:
    told = {
        "secret": token.secret.reveal(),
        "expires_at": token.expires_at and token.expires_at.isoformat(),
        "refresh": token.refresh and token.refresh.reveal(),
    }
    try:
        file.replace(json.dumps(told).encode())
    except OSError as error:
        log("token_store").warning("the token is not kept: %s", error)
