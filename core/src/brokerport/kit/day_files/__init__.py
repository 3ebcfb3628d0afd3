"""Files by day, each of a whole market, had once and searched for the rows of one symbol."""

from brokerport.kit.day_files.history import DayFiles, DayPage
from brokerport.kit.day_files.source import Absent, DayFile, DaySource

__all__ = ["Absent", "DayFile", "DayFiles", "DayPage", "DaySource"]
