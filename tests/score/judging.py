"""The score of a de-identifier: for each class of actions how many were done, and the places where not."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import UID

from tests.pixels import decoded
from tests.score.key import Action, Kind
from tests.score.leaks import folded
from tests.score.outcomes import Outcomes
from tests.score.places import shown
from tests.score.studies import Collection, File
from tests.score.tally import Score, Tally
from tests.score.wording import words


def judged(collection: Collection, outcomes: Outcomes) -> Score:
    """Judge every action of every file that is released."""
    judge = Judge(collection, outcomes)
    score: dict[str, Tally] = {kind: Tally() for kind in Kind}
    for file in collection.files.values():
        for action in file.actions if outcomes[file.name].is_released else ():
            score[action.kind].add(f"{file.name} {shown(action.place)}", passed=judge.passes(file, action))
    return score


class Judge:
    """Judges the outcomes of one collection; what has to agree among files is gathered first."""

    def __init__(self, collection: Collection, outcomes: Outcomes) -> None:
        """Gather the new UIDs, Patient IDs and shifts of dates."""
        self._outcomes = outcomes
        self._new: dict[str, set[str]] = defaultdict(set)
        self._shifts: dict[int, Counter[int | None]] = defaultdict(Counter)
        for file in collection.files.values():
            for action in file.actions if outcomes[file.name].is_released else ():
                self._gather(file, action)

    def passes(self, file: File, action: Action) -> bool:
        """Whether an action was done."""
        return _JUDGES[action.kind](self, file, action)

    def _gather(self, file: File, action: Action) -> None:
        if action.kind in {Kind.UID_CONSISTENT, Kind.PATID_CONSISTENT}:
            self._new[action.text].add(self._text(file, action))
        elif action.kind is Kind.DATE_SHIFTED:
            self._shifts[file.patient.number][self._shift(file, action)] += 1

    def _text(self, file: File, action: Action) -> str:
        return self._outcomes[file.name].values.get(action.place, "")

    def _shift(self, file: File, action: Action) -> int | None:
        return days_between(action.text, self._text(file, action))

    def _retained(self, file: File, action: Action) -> bool:
        return self._outcomes[file.name].values.get(action.place) == action.text

    def _notnull(self, file: File, action: Action) -> bool:
        return bool(self._text(file, action))

    def _text_retained(self, file: File, action: Action) -> bool:
        """The text itself, or, where something had to go, each word that is harmless as often as before."""
        text = self._text(file, action)
        left = Counter(words(text))
        return text == action.text if action.text else Counter(action.words) <= left

    def _text_removed(self, file: File, action: Action) -> bool:
        text = folded(self._text(file, action))
        return not any(folded(word) in text for word in action.words)

    def _date_shifted(self, file: File, action: Action) -> bool:
        """By the days by which nearly all of the patient's dates move."""
        shift = self._shift(file, action)
        return bool(shift) and shift == self._shifts[file.patient.number].most_common(1)[0][0]

    def _uid_changed(self, file: File, action: Action) -> bool:
        new = self._text(file, action)
        return new != action.text and UID(new).is_valid

    def _consistent(self, file: File, action: Action) -> bool:
        new = self._new[action.text]
        return len(new) == 1 and not new & {"", action.text}

    def _pixels_hidden(self, file: File, action: Action) -> bool:
        """One value all over, where there were several."""
        before, after = self._pixels(file, action)
        return _shades(before) > 1 and _shades(after) == 1

    def _pixels_retained(self, file: File, action: Action) -> bool:
        before, after = self._pixels(file, action)
        return before.size > 0 and np.array_equal(before, after)

    def _pixels(self, file: File, action: Action) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        area = action.area
        rows, columns = slice(area.y, area.bottom), slice(area.x, area.right)
        contents = (file.content, self._outcomes[file.name].content)
        before, after = (decoded(content)[:, rows, columns] for content in contents)
        return before, after


_JUDGES: Mapping[Kind, Callable[[Judge, File, Action], bool]] = {
    Kind.TAG_RETAINED: Judge._retained,
    Kind.TEXT_NOTNULL: Judge._notnull,
    Kind.TEXT_RETAINED: Judge._text_retained,
    Kind.TEXT_REMOVED: Judge._text_removed,
    Kind.DATE_SHIFTED: Judge._date_shifted,
    Kind.UID_CHANGED: Judge._uid_changed,
    Kind.UID_CONSISTENT: Judge._consistent,
    Kind.PATID_CONSISTENT: Judge._consistent,
    Kind.PIXELS_HIDDEN: Judge._pixels_hidden,
    Kind.PIXELS_RETAINED: Judge._pixels_retained,
}


def days_between(before: str, after: str) -> int | None:
    """The days by which the values of a DA or DT moved; None if they differ, or anything else changed."""
    pairs = [*zip(before.split("\\"), after.split("\\"), strict=False)]
    moved = {_days(one, other) for one, other in pairs}
    return moved.pop() if len(moved) == 1 else None


def _days(before: str, after: str) -> int | None:
    if before[8:] != after[8:] or len(before) != len(after):
        return None
    try:
        first, second = (date.fromisoformat(text[:8]) for text in (before, after))
    except ValueError:
        return None
    return (second - first).days


def _shades(area: NDArray[np.generic]) -> int:
    """How many different colours there are."""
    samples = area.shape[3] if area.ndim == 4 else 1
    return len(np.unique(area.reshape(-1, samples), axis=0))
