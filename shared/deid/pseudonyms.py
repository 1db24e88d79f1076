"""New identities as functions of the key alone: no table, no state, no order.

HMAC-SHA-256 with a key of its own for each purpose. The same input gives the same output in any worker at any
time; without the key neither the way back nor a link between two keys exists.
"""

import hmac
from base64 import b32encode
from hashlib import sha256
from typing import NamedTuple, Protocol

from shared.deid.rules.profile import UUID_ROOT
from shared.deid.rules.well_known import is_well_known

_SHORTEST_SHIFT_DAYS = 30
_LONGEST_SHIFT_DAYS = 3650


class DerivesKeys(Protocol):
    """The one thing needed of the key store."""

    def derive(self, purpose: str) -> bytes:
        """Derive the 32-byte key of one purpose."""
        ...


class Patient(NamedTuple):
    """Who somebody is: by the Patient ID and its issuer; without an id, somebody else in every study."""

    issuer: str
    patient_id: str
    study_instance_uid: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two of them one."""
        return self if not self.patient_id else (self.issuer, self.patient_id)

    @property
    def name(self) -> str:
        """The id, and who issued it if that is known, as HL7 writes it (version 2, data type CX)."""
        return f"{self.patient_id}^^^{self.issuer}" if self.issuer else self.patient_id


class Pseudonyms:
    """Makes new UIDs, patient ids, date shifts and job ids; remembers the UIDs of its own lifetime."""

    def __init__(self, keys: DerivesKeys, uid_root: str = UUID_ROOT) -> None:
        """Derive the key of each purpose once."""
        self._uid_key = keys.derive("uid")
        self._patient_key = keys.derive("patient-id")
        self._date_key = keys.derive("date-shift")
        self._job_key = keys.derive("job-id")
        self._uid_root = uid_root
        self.uids: dict[str, str] = {}
        self._patient_ids: dict[str, str] = {}

    def uid(self, original: str) -> str:
        """The new UID of `original`; well-known UIDs (PS3.6 Annex A) stay what they are."""
        if not original or is_well_known(original):
            return original
        known = self.uids.get(original)
        if known is None:
            known = self.uids[original] = self._new_uid(original)
        return known

    def _new_uid(self, original: str) -> str:
        number = int.from_bytes(hmac.digest(self._uid_key, original.encode(), sha256)[:16])
        if self._uid_root == UUID_ROOT:
            return f"{UUID_ROOT}.{number}"
        room = 63 - len(self._uid_root)
        return f"{self._uid_root}.{number % 10**room}"

    def patient_id(self, patient: Patient) -> str:
        """The new Patient ID: 16 letters and digits."""
        digest = hmac.digest(self._patient_key, _joined(*patient.identity), sha256)
        new = b32encode(digest[:10]).decode("ascii")
        if patient.patient_id:
            self._patient_ids[patient.name] = new
        return new

    def take_ids(self) -> dict[str, str]:
        """Every UID and Patient ID made since the last call, original to new; they are forgotten here."""
        taken = {**self.uids, **self._patient_ids}
        self.uids.clear()
        self._patient_ids.clear()
        return taken

    def date_shift(self, patient: Patient) -> int:
        """The patient's date shift in days, between -3,650 and -30: the same for all of a patient's dates."""
        digest = hmac.digest(self._date_key, _joined(*patient.identity), sha256)
        span = _LONGEST_SHIFT_DAYS - _SHORTEST_SHIFT_DAYS + 1
        return -(_SHORTEST_SHIFT_DAYS + int.from_bytes(digest[:8]) % span)

    def job_id(self, business_key: str) -> str:
        """The opaque id under which a series leaves the clinical side: 32 hexadecimal digits."""
        return hmac.digest(self._job_key, business_key.encode(), sha256)[:16].hex()


def _joined(*parts: str) -> bytes:
    """Join parts so that no two different tuples give the same bytes."""
    encoded = (part.encode() for part in parts)
    return b"".join(len(part).to_bytes(4) + part for part in encoded)
