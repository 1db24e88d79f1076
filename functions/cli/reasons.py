"""Why a ruleset claims a series or does not, in a line: what of its trace decided."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_SHOWN_CONDITIONS, _SHOWN_LETTERS = 6, 60
_INDENT = 2


class _Node(NamedTuple):
    """A line of a trace with the lines below it."""

    label: str
    outcome: str
    children: list["_Node"]

    @property
    def holds(self) -> bool:
        return self.outcome.startswith("yes")


def reasons(trace: Sequence[str], ruleset: str | None) -> Iterator[str]:
    """What decided, a line each: why `ruleset` claims the series and leaves some behind, or why none does.

    Args:
        trace: as the rules wrote it: rulesets, the ways in which each judged, and the conditions of each way.
        ruleset: the one that claims the series, if one does.
    """
    for judged in _tree(trace):
        name = judged.label.partition(" ")[0]
        if name == ruleset:
            yield from _why_claimed(name, judged.children)
        elif ruleset is None:
            yield f"not claimed by {name}: {_why_not(judged.children[:1])}"


def _why_claimed(name: str, verdicts: Iterable[_Node]) -> Iterator[str]:
    for verdict in verdicts:
        if verdict.outcome == "claimed":
            held = [text for node in verdict.children for text in _deciding(node)]
            more = "; ..." if len(held) > _SHOWN_CONDITIONS else ""
            yield f"claimed by {name}: {'; '.join(held[:_SHOWN_CONDITIONS])}{more}"
        elif verdict.children:
            yield f"{verdict.label} left behind: {_why_not([verdict])}"


def _why_not(verdicts: Iterable[_Node]) -> str:
    """The first condition that does not hold decides for all."""
    conditions = (node for verdict in verdicts for node in verdict.children if not node.holds)
    failed = next(conditions, None)
    return "; ".join(_deciding(failed)) if failed else "failed its conditions"


def _deciding(node: _Node) -> Iterator[str]:
    """The conditions that made a node hold, or not hold."""
    if not node.children:
        yield _in_words(node)
        return
    alike = [child for child in node.children if child.holds is node.holds] or node.children
    # One is enough to make `any` hold or `all` fail; the others are held or failed by all of them.
    decided_by_one = node.label in {"any", "all"} and node.holds is (node.label == "any")
    for child in alike[:1] if decided_by_one else alike:
        yield from _deciding(child)


def _in_words(node: _Node) -> str:
    text = node.label.removesuffix(" (ignoring case)")
    shown = text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "..."
    if node.holds:
        return shown
    return f"failed {shown}{node.outcome.removeprefix('no')}"


def _tree(trace: Sequence[str]) -> list[_Node]:
    """Read the indentation; a line's outcome is behind its last colon."""
    root = _Node("", "", [])
    path = [root]
    for line in trace:
        text = line.lstrip(" ")
        depth = (len(line) - len(text)) // _INDENT
        label, _, outcome = text.rpartition(": ")
        node = _Node(label, outcome, [])
        del path[depth + 1 :]
        path[-1].children.append(node)
        path.append(node)
    return root.children
