"""Needs what is not installed."""

import brokerport_is_not_here  # type: ignore[import-not-found]  # that is the fault

brokerport_is_not_here.begin()
