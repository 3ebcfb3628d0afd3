"""FINRA's daily files: where they are, when they are due, and what the server says of one that is not there."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import ClassVar

from brokerport import ConnectionLostError, Market, RejectedError, ShortVolume
from brokerport.kit.day_files import Absent, DayFile, DaySource
from brokerport.kit.http import Http, Reply
from brokerport.logs import clean
from brokerport_finra import day_file
from brokerport_finra.holidays import closed
from brokerport_finra.settings import FinraSettings
from brokerport_finra.spelling import meant

#: how the store behind the public address answers to a name that it does not have; a firewall before it says 403 in other words
_NO_SUCH_FILE = re.compile(rb"\s*(?:<\?xml[^>]*>)?\s*<Error>\s*<Code>(?:AccessDenied|NoSuchKey)</Code>.*</Error>\s*", re.DOTALL)


class FinraFiles(DaySource[ShortVolume]):
    """The consolidated files, by HTTP."""

    title: ClassVar = "FINRA"
    zone: ClassVar = Market.US.zone
    since: ClassVar = date(2018, 8, 1)  # by FINRA's own page of them
    posted: ClassVar = timedelta(hours=18)  # FINRA promises the day's file by then

    def __init__(self, settings: FinraSettings) -> None:
        self._url = settings.url.rstrip("/")
        self.at_once = settings.concurrency
        hint = "check the network, or set url to where the files are"
        self._http = Http("brokerport-finra", hint=hint, at_once=settings.concurrency, largest=self.largest)

    def name(self, day: date) -> str:
        """FINRA's own."""
        return f"CNMSshvol{day:%Y%m%d}.txt"

    async def fetch(self, day: date) -> bytes | Absent | None:
        """By HTTP; see Http for the errors. A file that is not there, or has no record, is none on a holiday only."""
        reply = await self._http.get(f"{self._url}/{self.name(day)}", answers=(200, 403, 404))
        if reply.status == 200:
            return Absent(f"{self.name(day)} has no record") if day_file.empty(reply.body) and not closed(day) else reply.body
        if not _says_absent(reply):
            raise _blocked(reply)
        return None if closed(day) else Absent(str(reply.error()))

    def time(self) -> datetime | None:
        """By the server's clock."""
        return self._http.time()

    def checked(self, day: date, text: bytes) -> bytes:
        """Every line of it."""
        return day_file.checked(day, text)

    def row(self, file: DayFile, code: str) -> ShortVolume | None:
        """One line of it.

        Raises:
            RejectedError: The file has the symbol as FINRA writes it, and the code is written in another way.
        """
        text = file.text or b""
        found = day_file.row(file.day, text, code)
        if found is None and (right := meant(code, text)):
            said = f"US.{clean(code)} is not in FINRA's file of {file.day}, which writes symbols in another way; did you mean 'US.{right}'?"
            raise RejectedError(said, code=0, text="no such symbol")
        return found

    async def aclose(self) -> None:
        """End the downloads, and close the connections."""
        await self._http.aclose()


def _says_absent(reply: Reply) -> bool:
    """Whether it is the answer for a file that is not there: 404, or 403 in the words of the store."""
    return reply.status == 404 or _NO_SUCH_FILE.fullmatch(reply.body) is not None


def _blocked(reply: Reply) -> ConnectionLostError:
    said = f"{reply.error()}, and not as for a file that is not there: it, or a firewall or proxy before it, keeps this machine out"
    return ConnectionLostError(f"{said}; ask again later and with a lower concurrency, or set url to where the files can be had")
