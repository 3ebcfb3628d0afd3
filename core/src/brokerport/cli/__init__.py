"""The command line: ``brokerport short-volume HK.00700``. Needs ``pip install 'brokerport[cli]'``."""

from brokerport.cli.entry import main

__all__ = ["main"]
