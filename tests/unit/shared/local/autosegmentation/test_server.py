"""The double over HTTP, seen by a client that is not the adapter."""

import hashlib
import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pydicom
import pytest

from shared.adapters.clock import FakeClock
from shared.errors import ConfigurationError
from shared.local.autosegmentation.server import AutosegmentationDouble
from tests.contracts.destination import ct_series, package_of, sha256_of

NOW = 1_700_000_000.0
PACKAGE = package_of(ct_series(2))


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(NOW)


@pytest.fixture
def double(tmp_path: Path, clock: FakeClock) -> Iterator[AutosegmentationDouble]:
    """The double, running."""
    with AutosegmentationDouble(tmp_path / "double", clock=clock) as running:
        yield running


@pytest.fixture
def client(double: AutosegmentationDouble) -> Iterator[httpx.Client]:
    """A client with an access token."""
    headers = {"Authorization": f"Bearer {double.issue_tokens().access_token}"}
    with httpx.Client(base_url=double.base_url, headers=headers, timeout=10) as connected:
        yield connected


def upload(client: httpx.Client, package: bytes = PACKAGE, **fields: str) -> httpx.Response:
    """Upload a package."""
    data = {"checksum": sha256_of(package), "client_id": "one", **fields}
    return client.post("/api/upload/", data=data, files={"file": ("package.zip", package)})


def status_of(client: httpx.Client, task_id: str) -> str:
    """The status text of a task."""
    text: str = client.get(f"/api/upload/{task_id}/status/").json()["status"]
    return text


def fetch(client: httpx.Client, task_id: str) -> httpx.Response:
    """Ask for a result."""
    return client.get(f"/api/rtstruct/{task_id}/")


def segmented(client: httpx.Client) -> str:
    """Upload a package and wait for its result; the task id."""
    task_id: str = upload(client).json()["task_id"]
    status_of(client, task_id)
    return task_id


def spooled(tmp_path: Path) -> list[str]:
    """What lies in the spool."""
    return [path.name for path in (tmp_path / "double" / "spool").iterdir()]


def kept(tmp_path: Path) -> list[str]:
    """The suffixes of what is kept of packages and results."""
    folder = tmp_path / "double"
    return sorted(path.suffix for path in [*folder.glob("packages/*"), *folder.glob("results/*")])


def test_health_needs_no_token(double: AutosegmentationDouble) -> None:
    """Whoever asks learns that it is ready."""
    assert httpx.get(f"{double.base_url}/api/health").status_code == 200


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
def test_everything_else_needs_a_token(double: AutosegmentationDouble, header: dict[str, str]) -> None:
    """Without a good access token nothing is done."""
    with httpx.Client(base_url=double.base_url, headers=header) as client:
        answers = [upload(client), fetch(client, "7"), client.get("/api/upload/7/status/")]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert double.uploads == []


def test_a_token_expires(client: httpx.Client, clock: FakeClock) -> None:
    """An access token is good for an hour by the clock."""
    clock.advance(3599)
    good = upload(client).status_code
    clock.advance(1)

    assert (good, upload(client).status_code) == (201, 401)


def test_the_cycle(client: httpx.Client, tmp_path: Path) -> None:
    """Upload, result, confirmation: the status moves on, and in the end nothing is kept."""
    task_id = upload(client).json()["task_id"]
    early = fetch(client, task_id).status_code
    texts = [status_of(client, task_id)]
    result = fetch(client, task_id)
    texts.append(status_of(client, task_id))
    with_result = kept(tmp_path)
    confirmed = client.post(f"/api/rtstruct/{task_id}/confirm/").status_code
    texts.append(status_of(client, task_id))

    assert texts == ["Segmentation Completed", "Delivered to Client", "Transfer Completed"]
    assert result.headers["X-Checksum-SHA256"] == hashlib.sha256(result.content).hexdigest()
    assert pydicom.dcmread(io.BytesIO(result.content)).Modality == "RTSTRUCT"
    assert (early, confirmed, fetch(client, task_id).status_code) == (404, 200, 404)
    assert (with_result, kept(tmp_path), spooled(tmp_path)) == ([".dcm", ".zip"], [], [])


def test_work_can_take_some_polls(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """If it is told to, the double is not ready at once."""
    double.faults.polls_before_result = 2
    task_id = upload(client).json()["task_id"]
    texts = [status_of(client, task_id) for _ in range(3)]

    assert texts == ["Received", "Received", "Segmentation Completed"]


def test_a_package_is_recognised(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """The same package of the same client has the same task; another client's has another one."""
    answers = [upload(client), upload(client), upload(client, client_id="two")]
    ids = [answer.json()["task_id"] for answer in answers]

    assert [answer.status_code for answer in answers] == [201, 200, 201]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)
    assert [(task.sha256, task.received) for task in double.uploads] == [
        (sha256_of(PACKAGE), 2),
        (sha256_of(PACKAGE), 1),
    ]


def test_parallel_uploads_of_one_package_are_one_task(
    client: httpx.Client, double: AutosegmentationDouble
) -> None:
    """Uploads at the same time are told apart by nothing but their content."""
    threads = [threading.Thread(target=upload, args=(client,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [task.received for task in double.uploads] == [4]


@pytest.mark.parametrize(
    ("package", "checksum", "status", "code"),
    [
        (PACKAGE, "0" * 64, 400, "checksum_mismatch"),
        (b"no archive", sha256_of(b"no archive"), 400, "archive_unreadable"),
        (package_of([]), sha256_of(package_of([])), 400, "archive_unreadable"),
        (package_of(ct_series(1) * 2), sha256_of(package_of(ct_series(1) * 2)), 422, "value_invalid"),
        (package_of([], {}), sha256_of(package_of([], {})), 400, "archive_unreadable"),
    ],
)
def test_a_bad_package_leaves_nothing(
    client: httpx.Client, tmp_path: Path, package: bytes, checksum: str, status: int, code: str
) -> None:
    """A refusal is JSON with a code, and nothing of the package stays behind."""
    answer = upload(client, package, checksum=checksum)

    assert (answer.status_code, answer.json()) == (status, {"error": code})
    assert (kept(tmp_path), spooled(tmp_path)) == ([], [])


def test_an_upload_needs_its_fields(client: httpx.Client) -> None:
    """Without a file or a checksum there is no upload."""
    without_checksum = client.post("/api/upload/", files={"file": ("package.zip", PACKAGE)})
    without_file = client.post("/api/upload/", data={"checksum": "ab"})

    assert (without_checksum.status_code, without_file.status_code) == (400, 400)


def test_an_upload_that_breaks_off_leaves_nothing(
    client: httpx.Client, double: AutosegmentationDouble, tmp_path: Path
) -> None:
    """A client that goes away in the middle of its upload has not uploaded."""

    def broken() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="p"\r\n\r\nPK'
        raise InterruptedError

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "9999"}
    with pytest.raises(InterruptedError):
        client.post("/api/upload/", content=broken(), headers=headers)
    double.stop()

    assert (kept(tmp_path), spooled(tmp_path)) == ([], [])


def test_an_unknown_task_is_not_found(client: httpx.Client) -> None:
    """There is nothing to say about a task that was never made."""
    answers = [
        client.get("/api/upload/7/status/"),
        fetch(client, "7"),
        client.post("/api/rtstruct/7/confirm/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_result_is_confirmed_after_it_was_fetched(client: httpx.Client, tmp_path: Path) -> None:
    """A confirmation of what was never delivered is refused, so that nothing is lost by it."""
    task_id = segmented(client)

    assert client.post(f"/api/rtstruct/{task_id}/confirm/").status_code == 409
    assert kept(tmp_path) == [".dcm", ".zip"]


def test_a_series_that_cannot_be_drawn_fails(client: httpx.Client) -> None:
    """The status says in words why there is no result."""
    datasets = ct_series(1)
    del datasets[0].PixelSpacing
    task_id = upload(client, package_of(datasets)).json()["task_id"]

    assert status_of(client, task_id) == "Failed: geometry is missing"
    assert fetch(client, task_id).status_code == 404


def test_everything_survives_a_restart(client: httpx.Client, double: AutosegmentationDouble) -> None:
    """After a restart the address, the tokens, the tasks and the results are the same."""
    task_id = segmented(client)
    content = fetch(client, task_id).content
    before = (double.base_url, double.uploads, content)
    double.stop()
    double.start()

    assert (double.base_url, double.uploads, fetch(client, task_id).content) == before
    assert upload(client).json()["task_id"] == task_id


def test_what_a_crash_left_behind_is_cleared(tmp_path: Path) -> None:
    """An upload that was being received when the process died is not kept."""
    spool = tmp_path / "double" / "spool"
    spool.mkdir(parents=True)
    (spool / "abandoned").write_bytes(b"PK")
    with AutosegmentationDouble(tmp_path / "double"):
        left = spooled(tmp_path)

    assert left == []


def test_stopping_ends_all_threads(tmp_path: Path) -> None:
    """A stopped double leaves no thread, stops twice without harm, and has no address before it starts."""
    before = set(threading.enumerate())
    double = AutosegmentationDouble(tmp_path)
    with double:
        httpx.get(f"{double.base_url}/api/health")
    double.stop()

    assert set(threading.enumerate()) == before
    with pytest.raises(ConfigurationError):
        _ = double.base_url


def test_it_runs_by_the_clock_of_the_machine(tmp_path: Path) -> None:
    """Without a clock of its own, tokens expire by the machine's."""
    with AutosegmentationDouble(tmp_path) as double:
        expires_at = double.issue_tokens(lifetime=60).expires_at

    assert expires_at == pytest.approx(time.time() + 60, abs=30)


def test_an_unknown_path_is_not_found(client: httpx.Client) -> None:
    """There is nothing beside the interface."""
    assert client.get("/api/everything").status_code == 404
