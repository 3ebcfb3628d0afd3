"""The logger ``brokerport.sandbox``: silent until the application gives it a handler."""

from __future__ import annotations

import logging


def log() -> logging.Logger:
    """The logger, got when there is something to log.

    Without a handler that takes them and does nothing, Python would print warnings.
    """
    logger = logging.getLogger("brokerport.sandbox")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger
