"""Whether ranked rows stand on the side that their figures say, and in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from brokerport import Question
from brokerport.testing.about import about


def ranked(question: Question[..., Any], answer: Any) -> list[tuple[Any, int | float]]:
    """Side and figure of each row that tells both, in their order; none of an answer that ranks nothing."""
    ranks = question.sense.ranks
    rows = ((record[ranks.side], record[ranks.figure]) for record in answer.to_dicts()) if ranks else ()
    return [(side, figure) for side, figure in rows if None not in (side, figure)]


def wrong_sides(question: Question[..., Any], answer: Any) -> Iterator[str]:
    """Figures with the sign of another side."""
    ranks = question.sense.ranks
    for side, figure in ranked(question, answer):
        if ranks and figure * ranks.signs.get(side, 0) < 0:
            yield f"{about(answer)} has a row of side {side!r} with {ranks.figure} {figure!r}"


def out_of_rank(question: Question[..., Any], answer: Any) -> Iterator[str]:
    """Rows of one side that are larger than the one before them."""
    sides = defaultdict[Any, list[int | float]](list)
    for side, figure in ranked(question, answer):
        sides[side].append(figure)
    for side, figures in sides.items():
        smaller = (f"{one!r} and then {other!r}" for one, other in pairwise(figures) if abs(other) > abs(one))
        yield from (f"{about(answer)} has on side {side!r} first {said}" for said in smaller)
