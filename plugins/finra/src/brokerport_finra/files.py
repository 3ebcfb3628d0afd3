"""FINRA's daily files: where they are, when they are due, and what the server says of one that is not there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from brokerport import Market, ShortVolume
from brokerport.kit.day_files import DayFile, DaySource
from brokerport.kit.http import Http, Reply
from brokerport_finra import day_file
from brokerport_finra.settings import FinraSettings


class FinraFiles(DaySource[ShortVolume]):
    """The consolidated files, by HTTP."""

    title: ClassVar = "FINRA"
    zone: ClassVar = Market.US.zone
    since: ClassVar = date(2018, 8, 1)  # by FINRA's own page of them
    posted: ClassVar = timedelta(hours=18)  # FINRA promises the day's file by then
    silent: ClassVar = 10  # weekdays; the longest closing since 1933 was four

    def __init__(self, settings: FinraSettings) -> None:
        self._url = settings.url.rstrip("/")
        hint = "check the network, or set url to where the files are"
        self._http = Http("brokerport-finra", hint=hint, at_once=settings.concurrency)

    def name(self, day: date) -> str:
        """FINRA's own."""
        return f"CNMSshvol{day:%Y%m%d}.txt"

    async def fetch(self, day: date) -> bytes | None:
        """By HTTP; see Http for the errors."""
        reply = await self._http.get(f"{self._url}/{self.name(day)}", answers=(200, 403, 404))
        if reply.status == 200:
            return reply.body
        if _is_absent(day, reply):
            return None
        raise reply.error()

    def checked(self, day: date, text: bytes) -> bytes:
        """Every line of it."""
        return day_file.checked(day, text)

    def row(self, file: DayFile, code: str) -> ShortVolume | None:
        """One line of it."""
        return day_file.row(file.day, file.text or b"", code)

    async def aclose(self) -> None:
        """End the downloads, and close the connections."""
        await self._http.aclose()


def _is_absent(day: date, reply: Reply) -> bool:
    """Whether the server says that there is no file of ``day``, which any weekday may be without: 404, or 403, as the store behind the
    public address answers to a name that it does not have.
    """
    return reply.status in (403, 404)
