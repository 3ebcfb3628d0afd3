"""The day's turnover, by HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

from brokerport import (
    BadReplyError,
    Capability,
    CapitalDistribution,
    CapitalProvider,
    Market,
    OrderSizes,
    Quota,
    RejectedError,
    Secret,
    Source,
    Symbol,
    UnsupportedError,
)
from brokerport.calls.call import stage
from brokerport.kit.http import Http, Reply
from brokerport.kit.token_store import Token, TokenStore
from brokerport_tideway import TidewaySettings

USUAL = Quota(10, 1)  # until the server says otherwise
REFUSED = (401, 403, 404)  # come with words of the server's


class TidewayProvider(CapitalProvider):
    """Logs in when it is first asked, unless a token is there from before."""

    def __init__(self, settings: TidewaySettings) -> None:
        self._url = settings.url.rstrip("/")
        self._key = settings.key
        self._http = Http("brokerport-tideway", hint="look at the setting url")
        self._tokens = TokenStore("tideway", f"{self._url} {settings.key.reveal()}", self._log_in)
        self._announced: dict[str, Quota] = {}

    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        """What the server does not tell stays None: here, extra large orders."""
        if symbol.market is not Market.US:
            raise UnsupportedError(f"tideway has US symbols only, not {symbol}")
        told = await self._ask("/capital", symbol=symbol.code)
        try:
            at = datetime.fromisoformat(told["at"]).astimezone(symbol.market.zone)
            bought, sold = OrderSizes(**told["in"]), OrderSizes(**told["out"])
        except (LookupError, TypeError, ValueError) as error:
            raise BadReplyError(f"the answer of {self._url} makes no sense: {error!r}") from error
        return CapitalDistribution(symbol=symbol, inflow=bought, outflow=sold, updated_at=at, source=Source("tideway", datetime.now(UTC)))

    def capabilities(self) -> tuple[Capability, ...]:
        """The same as the manifest says."""
        return (Capability("capital_distribution", frozenset({Market.US}), quota=USUAL),)

    def limits(self, question: str) -> tuple[Quota, ...]:
        """As they are now: the server tells them at login."""
        return (self._announced.get(question, USUAL),)

    async def aclose(self) -> None:
        """End what is under way, and close the connections."""
        await self._tokens.aclose()
        await self._http.aclose()

    async def _ask(self, path: str, **query: str) -> Any:
        token = await self._tokens.token()
        reply = await self._get(path, token, query)
        if reply.status == 401:  # it was taken back before its time
            reply = await self._get(path, await self._tokens.after(token), query)
        return _told(reply)

    async def _get(self, path: str, token: Token, query: dict[str, str]) -> Reply:
        bearer = {"Authorization": Secret(f"Bearer {token.secret.reveal()}")}
        with stage("waiting for Tideway"):  # where the time went, if it is up
            return await self._http.get(self._url + path, query=query, headers=bearer, answers=(200, *REFUSED))

    async def _log_in(self, _: Token | None) -> Token:
        told = _told(await self._http.post(f"{self._url}/login", json={"key": self._key.reveal()}, answers=(200, *REFUSED)))
        try:
            self._announced = {question: Quota(**limit) for question, limit in told["limits"].items()}
            return Token(Secret(told["token"]), datetime.now(UTC) + timedelta(seconds=told["expires_in"]))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise BadReplyError(f"the login at {self._url} makes no sense: {error!r}") from error


def _told(reply: Reply) -> Any:
    """What the server says; its no is an error in its own words."""
    told = reply.json()
    if reply.status == 200:
        return told
    raise RejectedError(f"tideway says no: {told['message']}", code=told["code"], text=told["message"])
