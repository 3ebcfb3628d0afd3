"""Asks for itself while it is imported."""

from brokerport import registry

registry.get("asks-itself")
