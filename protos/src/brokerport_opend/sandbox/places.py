"""How many clients there may be at once, by all doors of a sandbox together."""

from __future__ import annotations

from attrs import define, field


@define(eq=False)
class Places:
    """One for each client that is connected, from the first byte of its connection to the last."""

    most: int
    taken: int = field(init=False, default=0)
    turned_away: int = field(init=False, default=0)  #: clients that came when there were as many as there may be

    def take(self) -> bool:
        """Whether one more client may come; one that may has to ``leave``."""
        welcome = self.taken < self.most
        self.taken += welcome
        self.turned_away += not welcome
        return welcome

    def leave(self) -> None:
        """A client that had a place is gone."""
        self.taken -= 1
