"""What both doors are: a broker's name, and a method for each question that is known, a stranger's too."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from brokerport.errors import near
from brokerport.questions import Question
from brokerport.questions.doors import ROWS
from brokerport.questions.known import Known
from brokerport.questions.table import Table


class Door(Table):
    """A client of one broker, by the name that it was asked for by."""

    def __init__(self, broker: str, questions: Known) -> None:
        self.broker = broker
        self._questions = questions

    @property
    def closed(self) -> bool:
        """Whether the client answers no more."""
        raise NotImplementedError

    def question(self, question: str | Question[..., Any]) -> Question[..., Any]:
        """The question of that name; a question is itself.

        Raises:
            InvalidRequestError: There is none; the text lists those that there are.
        """
        return self._questions.named(question)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.broker}{' closed' if self.closed else ''}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} holds a connection and cannot be pickled or copied: pass its name and settings, and get another there")

    if not TYPE_CHECKING:  # checkers know core's questions by the table; a stranger's are typed by ``ask(QUESTION, ...)``

        def __getattr__(self, name: str) -> Any:
            """The method of a question that a plugin brought, or the one for its rows."""
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            if question := self._questions.find(name):
                return partial(self.ask, question)
            if name.startswith(ROWS) and (question := self._questions.find(name.removeprefix(ROWS))) and question.paged:
                return partial(self.iterate, question)
            known = [each.name for each in self._questions.each()]
            hint = near(name, known) or f"its questions are {', '.join(known)}"
            raise AttributeError(f"{self!r} has no {name!r}; {hint.rstrip()}", name=name, obj=self)
