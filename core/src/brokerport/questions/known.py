"""The questions that can be asked here: core's own, and those that plugins brought."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from brokerport.errors import InvalidRequestError, near
from brokerport.questions.question import Question
from brokerport.questions.table import QUESTIONS
from brokerport.reading import shown

CORE = "brokerport itself"


@define(eq=False)
class Known:
    """Questions by name, and who brought each; core's stand first."""

    #: called with a name that nobody has brought yet: the plugins that are not loaded may have it
    look: Callable[[str], object] = field(default=lambda _: None)
    _questions: dict[str, Question[..., Any]] = field(init=False, factory=lambda: dict(QUESTIONS))
    _origins: dict[str, str] = field(init=False, factory=dict)

    def each(self) -> tuple[Question[..., Any], ...]:
        """All of them."""
        return tuple(self._questions.values())

    def find(self, name: str) -> Question[..., Any] | None:
        """The question of that name; None when there is none."""
        if name not in self._questions:
            self.look(name)
        return self._questions.get(name)

    def named(self, question: str | Question[..., Any]) -> Question[..., Any]:
        """The question of that name; a question is itself.

        Raises:
            InvalidRequestError: There is none; lists those that there are.
        """
        if isinstance(question, Question):
            return question
        if isinstance(question, str) and (found := self.find(question)):
            return found
        raise InvalidRequestError(
            f"there is no question {shown.value(question)}; {near(question, self._questions)}there are {', '.join(self._questions)}"
        )

    def learn(self, question: object, origin: str) -> None:
        """Take up a question that ``origin``, as people call it, brings; an equal one may be brought by several.

        Raises:
            TypeError: It is none, or another of its name is there; the text names both who bring them.
        """
        if not isinstance(question, Question):
            raise TypeError(f"{origin} brings {question!r} as a question, which is no brokerport.Question")
        _ = question.said  # whether it is one
        known = self._questions.setdefault(question.name, question)
        if known is not question and known != question:
            theirs = self._origins.get(question.name, CORE)
            raise TypeError(
                f"{origin} and {theirs} bring two different questions of the name {question.name}; only one of them can be used"
            )
        if question.name not in QUESTIONS:
            self._origins.setdefault(question.name, origin)
