"""The instructions of the Dockerfile, for the tests of its rules and for the dry run of its steps."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Instruction(NamedTuple):
    """One instruction: its name in capitals, and the rest of it in one line."""

    name: str
    rest: str


class Stage(NamedTuple):
    """What stands from one FROM to the next.

    Attributes:
        base: the image that the stage begins with.
        name: what other stages call it; empty if it has no name.
        instructions: those behind FROM.
    """

    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def all(self, name: str) -> list[str]:
        """What the instructions of one name say."""
        return [each.rest for each in self.instructions if each.name == name]


def instructions(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile without comments, each in one line."""
    kept = "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))
    lines = re.sub(r"\\\n\s*", "", kept).splitlines()
    words = (line.split(None, 1) for line in lines if line.strip())
    return [Instruction(name.upper(), rest) for name, rest in words]


def stages(text: str) -> list[Stage]:
    """The stages of a Dockerfile in order."""
    found: list[tuple[str, list[Instruction]]] = []
    for each in instructions(text):
        if each.name == "FROM":
            found.append((each.rest, []))
        elif found:
            found[-1][1].append(each)
    return [_stage(head, inside) for head, inside in found]


def _stage(head: str, inside: list[Instruction]) -> Stage:
    base, _, name = head.partition(" AS ")
    return Stage(base.strip(), name.strip(), tuple(inside))


def context() -> list[str]:
    """What of this folder `.dockerignore` lets into the image's build."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line[1:] for line in lines if line.startswith("!")]
