"""One question as it is asked: about what, and with which arguments."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

from brokerport.questions.capability import Subject


class Asked(NamedTuple):
    """A question's name with its arguments, all of them checked."""

    question: str
    subject: Subject
    arguments: dict[str, Any]  #: by name, as the provider gets them
    timeout: float | None  #: as the caller passed it

    @property
    def place(self) -> tuple[Any, ...]:
        """What the provider gets by place: the subject, if there is one."""
        return () if self.subject is None else (self.subject,)

    @property
    def key(self) -> Hashable:
        """What two callers have in common who ask the same."""
        return self.question, self.subject, tuple(self.arguments.items())

    def __str__(self) -> str:
        return f"{self.question}()" if self.subject is None else f"{self.question}('{self.subject}')"
