"""The SDK's context for quotes: its names, arguments and tuples over brokerport's client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from brokerport import BrokerportError, Client, InvalidRequestError, QuotaError, RejectedError, Symbol
from brokerport_opend.compat import questions
from brokerport_opend.compat.constants import RET_ERROR, RET_OK, SecurityFirm
from brokerport_opend.compat.global_state import global_state
from brokerport_opend.compat.questions import Answer, Question
from brokerport_opend.compat.sys_config import SysConfig
from brokerport_opend.provider import OpenDProvider
from brokerport_opend.settings import OpenDSettings

if TYPE_CHECKING:
    from pathlib import Path

    from brokerport_opend.brand import Brand

_FIRMS = {firm.value: number for number, firm in enumerate(SecurityFirm)}  # numbered in the order they are declared


class QuoteContext:
    """Asks one gateway, from any thread. It connects when it is first asked, and again when the connection was lost.

    Every method returns a tuple that begins with RET_OK, or with RET_ERROR and a text; it never blocks longer than ``timeout`` seconds.
    The stock may be named ``code``, ``stock_code`` or ``security`` with each.

    Args:
        host: Where the gateway is: a name or an address.
        port: Where it listens.
        is_encrypt: Whether to encrypt, with SysConfig's key; None leaves it to SysConfig.
        is_async_connect: Without meaning: a context is always made at once.
        security_firm: Whose account asks; only get_capital_distribution tells the gateway.
        ai_type: Without meaning.
        timeout: Seconds for a call: waiting for quota, connecting, every attempt. What is not answered in 12 is asked once more.
        quotas: Wait for the broker's quotas; False asks at once and returns the gateway's refusal.

    Raises:
        InvalidRequestError: An argument cannot be, or it is to encrypt and there is no key.
    """

    brand: ClassVar[Brand]  #: whose gateway it is
    sys_config: ClassVar[type[SysConfig]]

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 11111,
        is_encrypt: bool | None = None,
        is_async_connect: bool = False,
        security_firm: str = SecurityFirm.NONE,
        ai_type: int = 0,
        *,
        timeout: float = 60.0,
        quotas: bool = True,
    ) -> None:
        key = _key(self.sys_config, self.sys_config.is_proto_encrypt() if is_encrypt is None else is_encrypt)
        settings = OpenDSettings(host=host, port=port, rsa_key=key, timeout=timeout)
        self._client = Client(partial(self.brand.provider, settings), broker=self.brand.name, timeout=timeout, quotas=quotas)
        self._timeout = timeout
        self._quotas = quotas
        self._firm = _firm(security_firm)

    def get_ark_stock_dynamic(self, security: str | None = None, *, code: str | None = None, stock_code: str | None = None) -> Answer:
        """(RET_OK, dict): what the ARK funds last did with a stock."""
        return self._ask(questions.ARK, (security, code, stock_code))

    def get_capital_distribution(self, stock_code: str | None = None, *, code: str | None = None, security: str | None = None) -> Answer:
        """(RET_OK, DataFrame): the day's turnover by direction and order size, in one row."""
        return self._ask(questions.CAPITAL, (stock_code, code, security), header=self._firm)

    def get_top_ten_buy_sell_brokers(
        self, code: str | None = None, days_before: int | None = None, *, stock_code: str | None = None, security: str | None = None
    ) -> Answer:
        """(RET_OK, DataFrame): the largest net buyers and sellers, now or on the n-th trading day before."""
        return self._ask(questions.RANKING, (code, stock_code, security), daysBefore=days_before)

    def get_daily_short_volume(
        self,
        code: str | None = None,
        next_key: str | None = None,
        num: int | None = None,
        *,
        stock_code: str | None = None,
        security: str | None = None,
    ) -> Answer:
        """(RET_OK, DataFrame of the United States, DataFrame of Hong Kong): one page of daily short volume."""
        return self._ask(questions.VOLUME, (code, stock_code, security), nextKey=next_key, num=num)

    def get_short_interest(
        self,
        code: str | None = None,
        next_key: str | None = None,
        num: int | None = None,
        *,
        stock_code: str | None = None,
        security: str | None = None,
    ) -> Answer:
        """(RET_OK, DataFrame of the United States, DataFrame of Hong Kong): one page of short interest."""
        return self._ask(questions.INTEREST, (code, stock_code, security), nextKey=next_key or None, num=num)

    def get_global_state(self) -> Answer:
        """(RET_OK, dict): the states of the markets and of the gateway."""
        return self._answer("get_global_state()", OpenDProvider.global_state, global_state)

    def set_sync_query_connect_timeout(self, timeout: object) -> None:
        """Do nothing: the time to connect is part of every call's ``timeout``."""

    def close(self) -> None:
        """Close the connection; whoever waits gets RET_ERROR. A second time does nothing."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    if not TYPE_CHECKING:  # a type checker had better find nothing

        def __getattr__(self, name: str) -> NoReturn:
            hint = "it answers five questions, and all else is the SDK's own"
            raise AttributeError(f"brokerport's {type(self).__name__} has no {name!r}: {hint}", name=name, obj=self)

    def _ask(self, question: Question, codes: tuple[str | None, ...], **fields: object) -> Answer:
        code = _only(question.method, codes)

        def ask(provider: OpenDProvider) -> Awaitable[Any]:
            symbol = Symbol.parse(code)
            return self._told(partial(provider.send, question.endpoint, symbol, question.endpoint.body(symbol, **fields)))

        what = f"{question.method}({code!r:.72})"
        return self._answer(what, ask, question.answer, *question.error, within=question.endpoint.question)

    async def _told(self, send: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await send()
        except QuotaError as error:
            error.retryable = self._quotas  # without quotas, the caller wants to be told and not to wait
            raise

    def _answer(
        self,
        what: str,
        ask: Callable[[OpenDProvider], Awaitable[Any]],
        answer: Callable[[Any], Answer],
        *error: None,
        within: str | None = None,
    ) -> Answer:
        """What comes of a request, within the limits of a question if it is one."""
        try:
            reply = self._client.call(what, OpenDProvider, ask, question=within, timeout=self._timeout)
        except BrokerportError as failure:
            return RET_ERROR, failure.text if isinstance(failure, RejectedError) else str(failure), *error
        return RET_OK, *answer(reply)  # here, and not on brokerport's own thread, where a frame would hold up every other reply


def _only(method: str, codes: tuple[str | None, ...]) -> Any:
    """The stock, by whichever of its three names."""
    given = [code for code in codes if code is not None]
    if len(given) > 1:
        raise TypeError(f"{method}() takes one stock, as code, stock_code or security; it was given {len(given)}")
    return given[0] if given else None  # which is no symbol, and said so


def _firm(name: str) -> dict[str, int] | None:
    if name not in _FIRMS:
        raise InvalidRequestError(f"security_firm={name!r} is none that there is; write one of {', '.join(_FIRMS)}")
    return {"securityFirm": _FIRMS[name]} if _FIRMS[name] else None


def _key(switches: type[SysConfig], encrypt: bool) -> Path | None:
    if not encrypt:
        return None
    if (file := switches.rsa_file()) is None:
        raise InvalidRequestError("is_encrypt=True needs a key: call SysConfig.set_init_rsa_file with that of the gateway")
    return file
