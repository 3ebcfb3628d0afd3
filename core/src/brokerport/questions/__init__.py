"""What can be asked: one module a question, and what a question is."""

from brokerport.questions import table
from brokerport.questions.arguments import Argument
from brokerport.questions.capability import Capability, Subject
from brokerport.questions.provider import Provider
from brokerport.questions.question import Question
from brokerport.questions.sense import Ranks, Sense
from brokerport.questions.signature import About
from brokerport.questions.step import Step
from brokerport.questions.table import *  # noqa: F403  # the questions of core, which stand there alone

__all__ = ["About", "Argument", "Capability", "Provider", "Question", "Ranks", "Sense", "Step", "Subject"]
__all__ += table.__all__
