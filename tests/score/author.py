"""What is written into the objects of one study: its texts, its UIDs and what all objects have in common."""

import random
from typing import Any

from pydicom.dataset import Dataset

from tests.images import item
from tests.score.people import Study, spellings
from tests.score.wording import Phrase, descriptions, phrase

#: the root of every UID of an original; all digits behind it are random
ROOT = "1.3.6.1.4.1.99999."


class Uids:
    """Makes UIDs and remembers them."""

    def __init__(self, rng: random.Random) -> None:
        """Take where digits come from."""
        self._rng = rng
        self.made: set[str] = set()

    def new(self) -> str:
        """One that was never there before."""
        uid = f"{ROOT}{self._rng.randrange(10**20, 10**21)}"
        self.made.add(uid)
        return uid


class Author:
    """Writes for one study and remembers every free text."""

    def __init__(self, rng: random.Random, told: Study, uids: Uids) -> None:
        """Take the study that is written about."""
        self.rng = rng
        self.study = told
        self.uids = uids
        self.phrases: dict[str, Phrase] = {}
        self._known = spellings(told)

    def says(self, *templates: str, limit: int = 10_240) -> str:
        """One of these texts with identifiers in its slots, not longer than its VR allows."""
        while True:
            made = phrase(self.rng, self.rng.choice(templates), self._known)
            if len(made.text) <= limit:
                self.phrases[made.text] = made
                return made.text

    def describes(self, limit: int = 64) -> str:
        """A description of an examination."""
        return self.says(*descriptions(self.study.patient.script.languages), limit=limit)

    def day(self, days: int = 0) -> str:
        """A date so many days after the study's, as DA."""
        return f"{self.study.day.fromordinal(self.study.day.toordinal() + days):%Y%m%d}"

    def object_of(self, sop_class_uid: str, **values: Any) -> Dataset:
        """An object with everything that a hospital writes into all of them; None leaves one out."""
        data_set = Dataset()
        patient, study = _patient(self), _study(self)
        for keyword, value in {
            **patient,
            **study,
            "SOPClassUID": sop_class_uid,
            "SOPInstanceUID": self.uids.new(),
            **values,
        }.items():
            if value is not None:
                setattr(data_set, keyword, value)
        return data_set


def _patient(author: Author) -> dict[str, Any]:
    patient = author.study.patient
    return {
        "SpecificCharacterSet": list(patient.script.character_sets) or None,
        "PatientName": patient.name,
        "PatientID": patient.patient_id,
        "IssuerOfPatientID": patient.issuer,
        "PatientBirthDate": f"{patient.birth:%Y%m%d}",
        "PatientSex": patient.sex,
        "PatientAge": patient.age,
        "PatientSize": "1.74",
        "PatientWeight": "68",
        "OtherPatientIDs": [f"OLD{patient.patient_id[-6:]}", "ALT778899"],
        "OtherPatientNames": patient.name,
        "PatientMotherBirthName": patient.mother,
        "PatientAddress": patient.address,
        "PatientTelephoneNumbers": patient.phone,
        "PatientComments": author.says(
            "Left breast mass, {name} was informed.", "Patient moved during scan."
        ),
    }


def _study(author: Author) -> dict[str, Any]:
    study = author.study
    return {
        "StudyInstanceUID": study.uid,
        "StudyDate": author.day(),
        "SeriesDate": author.day(),
        "ContentDate": author.day(1),
        "StudyTime": "101530.25",
        "AccessionNumber": study.accession,
        "StudyID": study.study_id,
        "StudyDescription": author.describes(),
        "ReferringPhysicianName": study.physician,
        "OperatorsName": [study.operator, study.physician],
        "InstitutionName": study.hospital,
        "InstitutionAddress": study.hospital_address,
        "Manufacturer": "Acme",
        "ManufacturerModelName": "Tomo 9000",
        "DeviceSerialNumber": "SN40918",
        "StationName": "ROOM7",
        "SoftwareVersions": "syngo 4.2",
        "RequestAttributesSequence": [
            item(
                RequestedProcedureID=f"RP{study.study_id}",
                ScheduledProcedureStepID=f"SPS{study.study_id}",
                RequestedProcedureDescription=author.describes(),
            )
        ],
    }
