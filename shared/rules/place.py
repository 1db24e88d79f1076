"""Where in a ruleset file something is wrong."""

from typing import NamedTuple, Self

from shared.errors import RulesetInvalid


class Place(NamedTuple):
    """A file and a path inside it; `str()` gives `match/ct.yaml: when.all[1].equals`."""

    file: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.path}" if self.path else self.file

    def child(self, step: str | int) -> Self:
        """The place of a field, or of an item by its index."""
        if isinstance(step, int):
            return self._replace(path=f"{self.path}[{step}]")
        return self._replace(path=f"{self.path}.{step}" if self.path else step)

    def error(self, problem: str) -> RulesetInvalid:
        """The error to raise about this place."""
        return RulesetInvalid(place=str(self), problem=problem)
