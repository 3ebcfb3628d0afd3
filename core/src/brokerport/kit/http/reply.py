"""What a server answered, and which error an answer is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from attrs import field, frozen

from brokerport.errors import (
    BadReplyError,
    BrokerportError,
    ConnectionLostError,
    HandshakeError,
    NotEntitledError,
    QuotaError,
    RejectedError,
)
from brokerport.kit.http import times
from brokerport.logs import clean


@frozen
class Reply:
    """One answer, read to its end."""

    url: str  #: what was asked for, without its query, which may hold a secret
    status: int
    reason: str = ""  #: the server's word for the status
    headers: Mapping[str, str] = field(factory=dict, repr=False)  #: by name, in lower case
    body: bytes = field(default=b"", repr=False)  #: unpacked; of a status that was not asked for, nothing

    @property
    def told_at(self) -> datetime | None:
        """The time by the server's clock when it answered; None where it tells none."""
        return times.told_at(self.headers)

    def json(self) -> Any:
        """What the body says.

        Raises:
            BadReplyError: It is no JSON.
        """
        try:
            return json.loads(self.body, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            begin = clean(self.body[:100].decode("utf-8", "backslashreplace"))
            raise BadReplyError(f"{self.url}: it is no JSON: {begin!r}: {error}") from error

    def error(self) -> BrokerportError:
        """The error that this status is, for one that is not the answer."""
        said = f"{self.url}: the server answers {self.status} {clean(self.reason)}".rstrip()
        if self.status == 429 or (self.status == 503 and "retry-after" in self.headers):
            seconds = times.pause(self.headers)
            return QuotaError(f"{said}; it wants to be left alone for {seconds:g} s", retry_after=seconds)
        if self.status >= 500:  # the server's own failures
            return ConnectionLostError(said)
        if self.status == 401:
            return HandshakeError(f"{said}; look at the credentials in the settings")
        if 300 <= self.status < 400 and "location" in self.headers:
            said += f", to {clean(self.headers['location'])}; it is not followed: set the address to where it leads"
        kind = NotEntitledError if self.status == 403 else RejectedError
        return kind(said, code=self.status, text=clean(self.reason))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON's")
