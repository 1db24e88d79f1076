"""One patient in one study, as far as the output depends on them; it is all worked out once."""

from shared.deid.gate.own import Own
from shared.deid.header.dates import day_of, shift_date
from shared.deid.header.layout import Layout
from shared.deid.header.memos import Memo
from shared.deid.header.writing import Write, WriteKey, moved_date
from shared.deid.pseudonyms import Patient, Pseudonyms
from shared.deid.rules.bounded import Bounded
from shared.deid.text.descriptors import Descriptors

# A layout is kept alive by what is worked out for it.
_MOST_KEPT = 256
_LARGEST_KEPT = 256 << 10
_MOST_WRITES = 1024


class Subject:
    """The patient and study of some instances.

    Attributes:
        pseudonym: the new Patient ID.
        shift_days: the patient's date shift.
        identity: the original identity by keyword, for the crosswalk.
    """

    def __init__(
        self,
        pseudonyms: Pseudonyms,
        identity: dict[str, str],
        *,
        study_instance_uid: str,
        one_study_date: bool,
        descriptors: Descriptors,
        own: Own,
    ) -> None:
        """Work out the pseudonym and the date shift.

        Args:
            pseudonyms: the keyed functions.
            identity: the original identity by keyword.
            study_instance_uid: tells whose instances these are where they have no Patient ID.
            one_study_date: put the study's shifted date in place of every date.
            descriptors: cuts what identifies out of texts.
            own: tells the patient's own dates and numbers.
        """
        issuer, patient_id = identity.get("IssuerOfPatientID", ""), identity.get("PatientID", "")
        patient = Patient(issuer, patient_id, study_instance_uid)
        self.identity = identity
        self.pseudonym = pseudonyms.patient_id(patient)
        self.shift_days = pseudonyms.date_shift(patient)
        self.uid = pseudonyms.uid
        self.is_own_date, self.is_own_number = own.is_date, own.is_number
        self.text, self.roi_name = descriptors.text, descriptors.roi_name
        moved = shift_date(day_of(identity.get("StudyDate", "")), self.shift_days)
        self._study_date = moved if one_study_date else None
        self._writes: Bounded[WriteKey, Write] = Bounded(_MOST_WRITES)
        self._memos: dict[int, tuple[Layout, list[Memo]]] = {}

    def date(self, original: str) -> str:
        """The new date or date and time; empty if it is none."""
        return moved_date(original, self.shift_days, self._study_date)

    def memos(self, layout: Layout) -> list[Memo]:
        """What makes the output of a layout, segment by segment."""
        known = self._memos.get(id(layout))
        if known is None or known[0] is not layout:
            memos = [maker if isinstance(maker, Memo) else self._write(maker) for maker in layout.makers]
            if layout.size > _LARGEST_KEPT:
                return memos
            if len(self._memos) >= _MOST_KEPT:
                self._memos.clear()
            known = self._memos[id(layout)] = layout, memos
        return known[1]

    def _write(self, key: WriteKey) -> Write:
        known = self._writes.get(key)
        if known is None:
            known = self._writes[key] = Write(key, self)
        return known
