"""The Store transaction."""

import sqlite3
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from shared.local.dicom_store.server import LocalDicomStore
from shared.local.dicom_store.storing import FailureReason
from tests.dicomweb import (
    AS_STORED,
    INSTANCE,
    SERIES,
    STUDY,
    failures,
    instance,
    instance_path,
    multipart,
    stow,
    values,
)

OTHER_STUDY = "1.3.6.1.4.1.99999.2"


def kept(tmp_path: Path) -> list[int]:
    """How many files there are of instances, and of parts."""
    return [len(list((tmp_path / "store" / name).iterdir())) for name in ("instances", "spool")]


def test_all_stored_is_200(client: httpx.Client) -> None:
    """The response references every instance, and where it and the study are found."""
    answer = stow(client, instance(1), instance(2))
    found = answer.json()
    references = values(found, "00081199")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/dicom+json")
    assert values(found, "00081190") == [f"{client.base_url}studies/{STUDY}"]
    assert [values(each, "00081155") for each in references] == [[f"{STUDY}.1"], [f"{STUDY}.2"]]
    assert values(references[1], "00081190") == [f"{client.base_url}{instance_path(2)}"]
    assert "00081198" not in found


def test_one_body_is_one_instance(client: httpx.Client) -> None:
    """The API takes a single instance without multipart, too."""
    answer = client.post("studies", content=instance(), headers={"Content-Type": "application/dicom"})

    assert answer.status_code == 200


def test_a_chunked_body_is_taken(client: httpx.Client) -> None:
    """A client need not know the length beforehand."""
    body = multipart([instance()])
    pieces = (body[start : start + 100] for start in range(0, len(body), 100))
    headers = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=cut'}

    assert client.post("studies", content=pieces, headers=headers).status_code == 200


def test_identical_bytes_again_are_200(client: httpx.Client, tmp_path: Path) -> None:
    """A repeated request is no conflict, and keeps nothing twice."""
    stow(client, instance())
    answer = stow(client, instance())

    assert (answer.status_code, kept(tmp_path)) == (200, [1, 0])
    assert len(values(answer.json(), "00081199")) == 1


def test_different_bytes_are_409_and_change_nothing(client: httpx.Client) -> None:
    """What is stored stays; the failure names the instance."""
    stow(client, instance())
    answer = stow(client, instance(PatientName="Someone^Else"))
    failed = values(answer.json(), "00081198")

    assert (answer.status_code, failures(answer)) == (409, [FailureReason.CONFLICT])
    assert values(failed[0], "00081155") == [INSTANCE]
    assert client.get(instance_path(), headers=AS_STORED).content == instance()


def test_some_failed_is_202(client: httpx.Client, tmp_path: Path) -> None:
    """The good ones are stored, whatever stands between them."""
    answer = stow(client, instance(1), b"garbage", instance(2))

    assert (answer.status_code, failures(answer)) == (202, [FailureReason.UNREADABLE])
    assert kept(tmp_path) == [2, 0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        instance()[:-7],
        instance(StudyInstanceUID=None),
        instance().replace(STUDY.encode() + b".0", STUDY.encode() + b".x"),
    ],
)
def test_garbage_is_400(client: httpx.Client, tmp_path: Path, content: bytes) -> None:
    """What is cut off, has no valid UIDs, or is no DICOM at all is not stored."""
    answer = stow(client, content)

    assert (answer.status_code, failures(answer)) == (400, [FailureReason.UNREADABLE])
    assert kept(tmp_path) == [0, 0]


def test_another_study_than_the_paths_is_409(client: httpx.Client) -> None:
    """Only instances of the study that the path names are stored."""
    answer = stow(client, instance(), path=f"studies/{OTHER_STUDY}")

    assert (answer.status_code, failures(answer)) == (409, [FailureReason.OTHER_STUDY])
    assert stow(client, instance(), path=f"studies/{STUDY}").status_code == 200


def test_above_the_limit_is_413(client: httpx.Client, tmp_path: Path) -> None:
    """An instance that is too large is read and dropped; one that is not is stored beside it."""
    large = instance(2, PixelData=bytes(100_000))

    assert stow(client, large).status_code == 413
    assert stow(client, large, instance(1)).status_code == 202
    assert kept(tmp_path) == [1, 0]


def test_failures_of_several_kinds_are_409(client: httpx.Client) -> None:
    """When nothing is stored for a mixture of reasons, it is a conflict."""
    answer = stow(client, b"garbage", instance(PixelData=bytes(100_000)))

    assert (answer.status_code, len(failures(answer))) == (409, 2)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "",
        'multipart/related; type="application/dicom+json"; boundary=cut',
        "multipart/form-data; boundary=cut",
    ],
)
def test_other_media_types_are_415(client: httpx.Client, content_type: str) -> None:
    """Instances come as application/dicom alone."""
    answer = client.post("studies", content=multipart([instance()]), headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, 415)


def test_a_part_of_another_type_is_415(client: httpx.Client) -> None:
    """So do the parts."""
    body = multipart([instance()], part_type="image/jpeg")
    headers = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=cut'}

    assert client.post("studies", content=body, headers=headers).status_code == 415


@pytest.mark.parametrize("body", [b"", b"no boundary", b"--cut--", multipart([instance()])[:-20]])
def test_no_multipart_body_is_400(client: httpx.Client, body: bytes) -> None:
    """A body without parts, or without an end, is a bad request."""
    headers = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=cut'}
    answer = client.post("studies", content=body, headers=headers)

    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_the_response_may_be_xml(client: httpx.Client) -> None:
    """The Native DICOM Model says the same."""
    answer = stow(client, instance(), b"garbage", Accept="application/dicom+xml")
    root = ET.fromstring(answer.content)
    path = "DicomAttribute[@keyword='ReferencedSOPSequence']/Item/DicomAttribute[@tag='00081155']/Value"

    assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/dicom+xml")
    assert [value.text for value in root.findall(path)] == [INSTANCE]


def test_an_answer_in_neither_is_406(client: httpx.Client, tmp_path: Path) -> None:
    """Nothing is stored then."""
    assert stow(client, instance(), Accept="text/html").status_code == 406
    assert kept(tmp_path) == [0, 0]


def test_the_same_instance_in_two_studies_is_two(client: httpx.Client) -> None:
    """All three UIDs tell instances apart."""
    other = instance(StudyInstanceUID=OTHER_STUDY)

    assert (stow(client, instance()).status_code, stow(client, other).status_code) == (200, 200)
    assert len(client.get("instances").json()) == 2


def test_what_a_crash_leaves_is_removed(
    server: LocalDicomStore, client: httpx.Client, tmp_path: Path
) -> None:
    """At the next start files that no instance has go, and those that instances have stay."""
    stow(client, instance())
    server.stop()
    for name in ("instances", "spool"):
        (tmp_path / "store" / name / "left").write_bytes(b"half")
    server.start()

    assert kept(tmp_path) == [1, 0]
    assert client.get(instance_path(), headers=AS_STORED).content == instance()


def test_deleting_takes_the_files_away(client: httpx.Client, tmp_path: Path) -> None:
    """An instance, a series, a study: each with all that it holds, and nothing else."""
    stow(client, *(instance(number) for number in (1, 2, 3)), instance(4, SeriesInstanceUID="1.2.3"))

    assert client.delete(instance_path(1)).json() == {}
    assert kept(tmp_path) == [3, 0]
    assert client.delete(f"studies/{STUDY}/series/{SERIES}").status_code == 200
    assert kept(tmp_path) == [1, 0]
    assert client.delete(f"studies/{STUDY}").json()["done"] is True
    assert (kept(tmp_path), client.get("studies").status_code) == ([0, 0], 204)


@pytest.mark.parametrize("path", [f"studies/{STUDY}", f"studies/{STUDY}/series/1.2", instance_path()])
def test_what_is_not_there_cannot_be_deleted(client: httpx.Client, path: str) -> None:
    """Nothing done is never a success."""
    answer = client.delete(path)

    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_a_deleted_instance_can_be_stored_again(client: httpx.Client) -> None:
    """With other bytes, too."""
    stow(client, instance())
    client.delete(instance_path())

    assert stow(client, instance(PatientName="Someone^Else")).status_code == 200


def test_the_index_is_where_it_is_said(client: httpx.Client, tmp_path: Path) -> None:
    """One row an instance, in a database that any tool can open."""
    stow(client, instance(1), instance(2))
    with sqlite3.connect(tmp_path / "store" / "index.sqlite3") as database:
        ((count,),) = database.execute("SELECT count(*) FROM instances").fetchall()
    database.close()

    assert count == 2
