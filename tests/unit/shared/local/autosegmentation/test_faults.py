"""What the double does wrong on demand."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pydicom
import pytest
from pydicom.errors import InvalidDicomError

from shared.local.autosegmentation.faults import Faults, Operation
from shared.local.autosegmentation.server import AutosegmentationDouble
from tests.contracts.destination import ct_series, package_of, sha256_of

PACKAGE = package_of(ct_series(1))
REQUESTS: list[tuple[Operation, str, str]] = [
    ("health", "GET", "/api/health"),
    ("upload", "POST", "/api/upload/"),
    ("refresh", "POST", "/api/token/refresh/"),
    ("status", "GET", "/api/upload/7/status/"),
    ("result", "GET", "/api/rtstruct/7/"),
    ("confirm", "POST", "/api/rtstruct/7/confirm/"),
]


@pytest.fixture
def double(tmp_path: Path) -> Iterator[AutosegmentationDouble]:
    """The double, running."""
    with AutosegmentationDouble(tmp_path / "double") as running:
        yield running


@pytest.fixture
def client(double: AutosegmentationDouble) -> Iterator[httpx.Client]:
    """A client with an access token."""
    headers = {"Authorization": f"Bearer {double.issue_tokens().access_token}"}
    with httpx.Client(base_url=double.base_url, headers=headers, timeout=10) as connected:
        yield connected


def upload(client: httpx.Client) -> httpx.Response:
    """Upload a package."""
    files = {"file": ("package.zip", PACKAGE)}
    return client.post("/api/upload/", data={"checksum": sha256_of(PACKAGE)}, files=files)


def result_of(client: httpx.Client) -> httpx.Response:
    """The result of a package."""
    task_id = upload(client).json()["task_id"]
    client.get(f"/api/upload/{task_id}/status/")
    return client.get(f"/api/rtstruct/{task_id}/")


def series_of(content: bytes) -> str:
    """The series that a structure set references."""
    dataset = pydicom.dcmread(io.BytesIO(content))
    study = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    return str(study.RTReferencedSeriesSequence[0].SeriesInstanceUID)


@pytest.mark.parametrize(("operation", "method", "path"), REQUESTS)
def test_every_operation_can_be_made_to_fail(
    client: httpx.Client, double: AutosegmentationDouble, operation: Operation, method: str, path: str
) -> None:
    """The next answers of one operation are as ordered, and then it works again."""
    double.faults.answer(operation, 503, times=2)
    answers = [client.request(method, path).status_code for _ in range(3)]

    assert answers[:2] == [503, 503]
    assert answers[2] != 503


def test_a_failing_upload_stores_nothing(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """An ordered answer stands for work that was not done."""
    double.faults.answer("upload", 500)
    upload(client)

    assert double.uploads == []


def test_a_dropped_upload_is_stored(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """The connection ends without an answer; the client cannot know that the package is there."""
    double.faults.drop_uploads = 1
    with pytest.raises(httpx.RemoteProtocolError):
        upload(client)
    received = [task.received for task in double.uploads]

    assert (received, upload(client).status_code) == ([1], 200)


def test_a_garbled_upload_is_stored(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """The answer is a success that cannot be understood."""
    double.faults.garble_uploads = 1
    answer = upload(client)

    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")
    assert len(double.uploads) == 1


def test_deduplication_can_be_left_out(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """Without it the same package is a second task, which has a result of its own."""
    double.faults.no_deduplication = True
    contents = [result_of(client).content for _ in range(2)]

    assert len({task.task_id for task in double.uploads}) == 2
    assert contents[0] == contents[1]


def test_a_checksum_can_be_wrong(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """The announced checksum is well-formed, and another one."""
    double.faults.wrong_checksum = True
    answer = result_of(client)

    assert len(answer.headers["X-Checksum-SHA256"]) == 64
    assert answer.headers["X-Checksum-SHA256"] != sha256_of(answer.content)


def test_a_result_can_be_foreign(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """The result is a valid file with its checksum, about a series that was not sent."""
    own = result_of(client).content
    double.faults.foreign_result = True
    answer = result_of(client)

    assert answer.headers["X-Checksum-SHA256"] == sha256_of(answer.content)
    assert series_of(own) == ct_series(1)[0].SeriesInstanceUID
    assert series_of(answer.content) != series_of(own)


def test_a_result_can_be_unreadable(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """The bytes have their checksum and are no DICOM."""
    double.faults.unreadable_result = True
    answer = result_of(client)

    assert answer.headers["X-Checksum-SHA256"] == sha256_of(answer.content)
    with pytest.raises(InvalidDicomError):
        pydicom.dcmread(io.BytesIO(answer.content))


def test_a_delayed_request_goes_on_when_it_is_released() -> None:
    """A delay ends when it is taken back, long before its time."""
    faults = Faults()
    faults.delay("status", 3600)
    answers: list[int | None] = []
    waiting = threading.Thread(target=lambda: answers.append(faults.next_answer("status")))
    waiting.start()
    others = faults.next_answer("health")
    before = list(answers)
    faults.release()
    waiting.join(timeout=30)

    assert (others, before, answers) == (None, [], [None])
    assert faults.next_answer("status") is None


def test_a_delay_ends_by_itself() -> None:
    """A request that nobody releases is handled after the delay."""
    faults = Faults()
    faults.delay("status", 0.01)

    assert faults.next_answer("status") is None


def test_stopping_releases_what_waits(double: AutosegmentationDouble, client: httpx.Client) -> None:
    """A stopped double does not wait for its own delays."""
    double.faults.delay("health", 3600)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/api/health", timeout=0.1)
    double.stop()

    assert double.faults.next_answer("health") is None
