"""One key gives the same output anywhere; what two keys give cannot be linked."""

from collections import defaultdict

from tests.score.beyond import pseudonyms
from tests.score.judging import days_between
from tests.score.outcomes import Outcome, Outcomes, by_airlock, outcomes
from tests.score.studies import Collection
from tests.score.tally import Score, Tally

#: what two pseudonyms may have in common by chance; of eight characters it happens now and then
_CHANCE = 16
_ROOT = "2.25."


def same_again(collection: Collection, before: Outcomes, profile: str) -> Score:
    """Another worker that gets the files in another order writes the same bytes."""
    backwards = Collection(dict(reversed([*collection.files.items()])), collection.uids)
    again = outcomes(backwards, by_airlock(profile))
    score: dict[str, Tally] = defaultdict(Tally)
    for name, outcome in before.items():
        score["same output"].add(name, passed=outcome.content == again[name].content)
    return score


def unlinkable(collection: Collection, before: Outcomes, after: Outcomes) -> Score:
    """No UID, Patient ID, shift of dates or part of a pseudonym of one key comes again with another."""
    known = {part for outcome in before.values() for part in parts(outcome)}
    score: dict[str, Tally] = defaultdict(Tally)
    for name, outcome in after.items():
        if outcome.is_released:
            score["keys unlinkable"].add(name, passed=known.isdisjoint(parts(outcome)))
    for patient, shifts in _shifts(collection, before, after).items():
        score["keys unlinkable"].add(f"patient{patient} dates", passed=shifts[0] != shifts[1])
    return score


def parts(outcome: Outcome) -> set[str]:
    """The pseudonyms of a file, and every stretch of them that is too long for chance."""
    if not outcome.is_released:
        return set()
    own = {text.removeprefix(_ROOT) for text in pseudonyms(outcome.data_set)}
    return own | {text[start : start + _CHANCE] for text in own for start in range(len(text) - _CHANCE + 1)}


def _shifts(collection: Collection, *runs: Outcomes) -> dict[int, list[int | None]]:
    """The days by which the dates of each patient move in each run; none where dates are removed."""
    shifts: dict[int, list[int | None]] = {}
    for file in collection.files.values():
        released = [run[file.name] for run in runs if run[file.name].is_released]
        dates = [str(each.data_set.get("StudyDate") or "") for each in released]
        if all(dates) and len(dates) == len(runs):
            shifts[file.patient.number] = [days_between(f"{file.told.day:%Y%m%d}", each) for each in dates]
    return shifts
