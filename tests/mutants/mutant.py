"""One mistake: a line of the plugin that is gold, and what stands there instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

GOLD = Path(__file__).with_name("gold")
PACKAGE = "mutants.gold"  # as its files call it
NAME = 'NAME = "gold"'


@frozen
class Mutant:
    """A mistake that somebody who writes a plugin may make."""

    name: str  #: what it does wrong, in words
    old: str  #: what stands once in the file
    new: str  #: what stands there instead
    file: str = "provider.py"

    @property
    def word(self) -> str:
        """The name of its broker."""
        return self.name.replace(" ", "-")

    @property
    def package(self) -> str:
        """What is imported of it."""
        return f"brokerport_{self.word.replace('-', '_')}"

    def changed(self, file: Path) -> str:
        """The text of a file of the plugin, with the mistake if it is there.

        Raises:
            ValueError: The line is not there once.
        """
        text = file.read_text("utf-8")
        if file.name != self.file:
            return text
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.old!r} stands {text.count(self.old)} times in {file.name}")
        return text.replace(self.old, self.new)

    def installed(self) -> Iterator[tuple[str, str]]:
        """Paths and texts of the plugin, installed under the mutant's own name."""
        for file in sorted(path for path in GOLD.iterdir() if path.suffix in (".py", ".toml")):
            yield f"{self.package}/{file.name}", self.changed(file).replace(PACKAGE, self.package).replace(NAME, f"NAME = {self.word!r}")
        info = f"{self.package}-1.0.dist-info"
        yield f"{info}/METADATA", f"Metadata-Version: 2.1\nName: brokerport-{self.word}\nVersion: 1.0\n"
        yield f"{info}/entry_points.txt", f"[brokerport]\n{self.word} = {self.package}\n"


#: the plugin as it is
NONE = Mutant("keeps the contract", "", "", file="")
