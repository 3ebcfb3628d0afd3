"""Files by day, each of a whole market, had once and searched for the rows of one symbol."""

from brokerport.kit.day_files.history import Clock, DayFiles, DayPage, utc_now
from brokerport.kit.day_files.source import DayFile, DaySource

__all__ = ["Clock", "DayFile", "DayFiles", "DayPage", "DaySource", "utc_now"]
