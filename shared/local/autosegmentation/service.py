"""What the double does with a package, apart from HTTP."""

import hashlib
import threading
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pydicom

from shared.errors import AirlockError, ChecksumMismatch, ObjectNotFound, TransitionIllegal
from shared.local.autosegmentation import tasks as status
from shared.local.autosegmentation.database import Database
from shared.local.autosegmentation.faults import Faults
from shared.local.autosegmentation.package import read_package
from shared.local.autosegmentation.rtstruct import derived_uid, structure_set
from shared.local.autosegmentation.segmentation import segment
from shared.local.autosegmentation.tasks import Task, Tasks
from shared.local.autosegmentation.tokens import IssuedTokens
from shared.ports.clock import Clock

_READY = frozenset({status.COMPLETED, status.DELIVERED})


@dataclass(frozen=True, kw_only=True)
class ResultFile:
    """A result with the checksum to announce."""

    content: bytes
    sha256: str


class SegmentationService:
    """Packages in, structure sets out; all of its state lies in `folder` and survives a restart."""

    def __init__(self, folder: Path, *, clock: Clock, faults: Faults) -> None:
        self._packages = _made(folder / "packages")
        self._results = _made(folder / "results")
        self.spool = _made(folder / "spool")
        for abandoned in self.spool.iterdir():
            abandoned.unlink()
        self._database = Database(folder / "autosegmentation.sqlite3")
        self.tokens = IssuedTokens(self._database, clock)
        self.tasks = Tasks(self._database)
        self._faults = faults
        self._clock = clock
        self._work = threading.Lock()

    def accept(self, spooled: Path, *, checksum: str, client_id: str) -> tuple[Task, bool]:
        """Check a package and keep it; return its task and whether it is new.

        Raises:
            ChecksumMismatch: the bytes are not those that the client meant to send.
            AirlockError: the package is not what the service takes.
        """
        sha256 = _file_sha256(spooled)
        if checksum.lower() != sha256:
            raise ChecksumMismatch
        # One at a time: the first threads to read one import what it takes, and may wait for each other then.
        with self._work:
            read_package(spooled)
            task, new = self.tasks.receive(sha256, client_id, deduplicate=not self._faults.no_deduplication)
            if task.status == status.RECEIVED:
                spooled.replace(self._package(task.task_id))
        return task, new

    def status(self, task_id: str) -> str:
        """Say how far a task is; the work is done when somebody asks for the first time."""
        with self._work:
            task = self.tasks.task(task_id)
            if task.status == status.RECEIVED and not self._faults.take("polls_before_result"):
                self.tasks.move(task_id, self._segmented(task))
        return self.tasks.task(task_id).status

    def result(self, task_id: str) -> ResultFile:
        """Hand out a result that is ready.

        Raises:
            ObjectNotFound: there is no such task, or it has no result, or no longer.
        """
        with self._work:
            if self.tasks.task(task_id).status not in _READY:
                raise ObjectNotFound
            content = self._spoilt(self._result(task_id).read_bytes())
            self.tasks.move(task_id, status.DELIVERED)
        sha256 = hashlib.sha256(content).hexdigest()
        return ResultFile(content=content, sha256="0" * 64 if self._faults.wrong_checksum else sha256)

    def confirm(self, task_id: str) -> None:
        """Delete the package and the result, which arrived; again changes nothing.

        Raises:
            ObjectNotFound: there is no such task.
            TransitionIllegal: its result was not fetched yet.
        """
        with self._work:
            task = self.tasks.task(task_id)
            if task.status not in {status.DELIVERED, status.CLOSED}:
                raise TransitionIllegal
            self.tasks.move(task_id, status.CLOSED)
            self._package(task_id).unlink(missing_ok=True)
            self._result(task_id).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _segmented(self, task: Task) -> str:
        """Do the work of a task; return the status that it ends with."""
        try:
            series = read_package(self._package(task.task_id))
            dataset = structure_set(series, segment(series), sha256=task.sha256)
        except AirlockError as exc:
            return f"{status.FAILED}{exc.details.get('reason', exc.code)}"
        part = self._result(task.task_id).with_suffix(".part")
        dataset.save_as(part, enforce_file_format=True)
        part.replace(self._result(task.task_id))
        return status.COMPLETED

    def _spoilt(self, content: bytes) -> bytes:
        """The content as the faults would have it."""
        if self._faults.unreadable_result:
            return content[::-1]
        if not self._faults.foreign_result:
            return content
        dataset = pydicom.dcmread(BytesIO(content))
        study = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
        study.RTReferencedSeriesSequence[0].SeriesInstanceUID = derived_uid(dataset.SOPInstanceUID, "foreign")
        spoilt = BytesIO()
        dataset.save_as(spoilt, enforce_file_format=True)
        return spoilt.getvalue()

    def _package(self, task_id: str) -> Path:
        return self._packages / f"{task_id}.zip"

    def _result(self, task_id: str) -> Path:
        return self._results / f"{task_id}.dcm"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
