"""Writes the package of a new broker, from templates."""

from brokerport.scaffold.writer import write

__all__ = ["write"]
