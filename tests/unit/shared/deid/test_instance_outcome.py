"""Whole instances: what does not survive, what is refused, what leads back."""

import io
import subprocess
import sys
from hashlib import sha256

import pytest
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.uid import CTImageStorage, EncapsulatedPDFStorage

from shared.deid.header.dates import shift_date
from shared.deid.rules.profile import Profile
from shared.dicom.source import MemorySource
from shared.errors import Malformed, PixelsIdentifying, Residue, SopClassUnsupported, ValueInvalid
from tests.images import (
    MAIN_PROFILES,
    NATIVE_SYNTAXES,
    ct_image,
    deidentifier,
    header_of,
    item,
    part10,
    raw_element,
    read,
    released,
    released_by,
    with_elements,
)
from tests.planted import SCRIPTS, planted

SYNTAXES = [*NATIVE_SYNTAXES, "encapsulated"]
profiles = pytest.mark.parametrize("profile", MAIN_PROFILES)
syntaxes = pytest.mark.parametrize("syntax", SYNTAXES)


@profiles
@syntaxes
@pytest.mark.parametrize("script", SCRIPTS)
def test_no_planted_identifier_survives(script: str, syntax: str, profile: str) -> None:
    """No name, id, address, UID or text is left in any byte, whatever the character set and encoding."""
    original = planted(7, script, syntax)

    assert original.surviving(released(original.content, profile)) == {}


@syntaxes
def test_the_search_finds_what_is_there(syntax: str) -> None:
    """The answer key is right: in the original every planted identifier is found."""
    original = planted(7, "Greek", syntax)
    header = header_of(original.content)
    searched = original.content + header.source.read(0, header.source.size)

    assert original.surviving(searched).keys() == original.key.keys()


def test_groups_that_no_data_set_has_are_removed() -> None:
    """An AE title or a file name in the wrong place is not carried along."""
    stray = [
        raw_element(0x00041500, "CS", b"QUARRINGTON\\CT1 "),
        raw_element(0x00080000, "UL", b"\xff\0\0\0"),
    ]
    output = released(with_elements(*stray))

    assert b"quarrington" not in output.lower()
    assert {int(tag) >> 16 for tag in read(output)._dict} & {0, 2, 4} == set()
    assert 0x00080000 not in read(output)


@profiles
def test_text_behind_a_date_goes(profile: str) -> None:
    """Where dates are shifted, a value that is more than a date is emptied."""
    names = [
        raw_element(0x00080021, "DA", b"20200315 ZQUARRELL"),
        raw_element(0x0008002A, "DT", b"20200315101530 ZQUARRELL"),
        raw_element(0x00080031, "LO", b"ZQUARRELL "),
    ]

    assert b"ZQUARRELL" not in released(with_elements(*names), profile)


def test_dates_and_times_under_draw_keep_their_precision() -> None:
    """The study's date stands in place of the day; time of day and offset stay, a year stays a year."""
    image = ct_image(AcquisitionDateTime="20191201081530.5+0100", StartAcquisitionDateTime="2019")
    output = read(released(part10(image), "draw"))

    assert output.AcquisitionDateTime == f"{output.StudyDate}081530.5+0100"
    assert output.StartAcquisitionDateTime == output.StudyDate[:4]


def test_a_study_date_of_old_stands_in_place_of_all_dates_too() -> None:
    """YYYY.MM.DD, as ACR-NEMA has it."""
    dates = [raw_element(0x00080020, "DA", each) for each in (b"2020.03.15", b"20200315")]
    images = [with_elements(each, StudyDate=None, ContentDate="20191201") for each in dates]
    dotted, plain = (read(released(each, "draw")) for each in images)

    assert dotted.StudyDate == dotted.ContentDate == plain.StudyDate


def test_dates_under_draw_without_a_study_date_are_shifted() -> None:
    """There is nothing else to put in their place."""
    image = ct_image(StudyDate=None, SeriesDate="20200315", ContentDate="20200316")
    output = read(released(part10(image), "draw"))

    days = deidentifier("draw").deidentify(MemorySource(part10(image))).shift_days
    assert days <= -30
    assert (output.SeriesDate, output.ContentDate) == (
        shift_date("20200315", days),
        shift_date("20200316", days),
    )


@pytest.mark.parametrize("vr", ["LO", "OB"])
def test_a_sequence_in_disguise_goes(vr: str) -> None:
    """What has the tag of a sequence and no items cannot be cleaned."""
    image = ct_image()
    image.add(DataElement(0x0018A001, vr, b"ZQUARRELL " if vr == "OB" else "ZQUARRELL"))

    assert b"ZQUARRELL" not in released(part10(image))


def test_a_name_behind_the_pixels_is_sought_as_well() -> None:
    """Elements in wrong order may stand there; the people in them are people of the original."""
    behind = raw_element(0x00081050, "PN", b"Ostrander^Mildred ")

    with pytest.raises(Residue) as caught:
        released(part10(ct_image(StackID="OSTRANDER")) + behind)
    assert caught.value.details["element"] == "StackID"
    assert b"Ostrander" not in released(part10(ct_image()) + behind)


@syntaxes
def test_the_same_input_gives_the_same_bytes(syntax: str) -> None:
    """Another worker with the same key writes the same file."""
    content = planted(7, syntax=syntax).content

    assert released(content, "draw") == released(content, "draw")
    assert released(content, "draw") != released(content, "draw", "two")


def test_the_same_input_gives_the_same_bytes_in_another_process() -> None:
    """Nothing depends on the order of hashes or on what the process did before."""
    program = (
        "from hashlib import sha256; from tests.images import released; from tests.planted import planted\n"
        "for script in ('Latin', 'Greek'):\n"
        "    print(sha256(released(planted(7, script).content, 'draw')).hexdigest())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    expected = [sha256(released(planted(7, each).content, "draw")).hexdigest() for each in ("Latin", "Greek")]
    assert answer.stdout.split() == expected


@pytest.mark.parametrize("sop_class_uid", ["1.2.840.10008.5.1.4.1.1.5", "1.2.840.10008.1.1", "1.2.3", ""])
def test_sop_classes_without_an_iod_are_held(sop_class_uid: str) -> None:
    """Nobody can say what a retired, a private or an unknown class needs and holds."""
    content = part10(ct_image(SOPClassUID=sop_class_uid), MediaStorageSOPClassUID=CTImageStorage)

    with pytest.raises(SopClassUnsupported):
        released(content)


def test_text_burned_into_pixels_is_refused() -> None:
    """Burned In Annotation (0028,0301) YES stops the instance; NO does not."""
    with pytest.raises(PixelsIdentifying):
        released(part10(ct_image(BurnedInAnnotation="YES")))
    assert released(part10(ct_image(BurnedInAnnotation="NO")))


@pytest.mark.parametrize(
    ("bits_allocated", "data", "refused"), [(16, None, True), (16, bytes(32), False), (1, bytes(2), False)]
)
def test_overlays_in_the_pixels_are_refused(
    bits_allocated: int, data: bytes | None, *, refused: bool
) -> None:
    """Until 2004 overlays could use the unused bits of Pixel Data, which are not touched."""
    image = ct_image(BitsStored=12, HighBit=11)
    image.add(DataElement(0x60020100, "US", bits_allocated))
    image.add(DataElement(0x60020102, "US", 12))
    if data:
        image.add(DataElement(0x60023000, "OW", data))
    content = part10(image)

    if refused:
        with pytest.raises(PixelsIdentifying):
            released(content)
    else:
        assert 0x60020100 not in read(released(content))


def test_uids_that_do_not_fit_any_more_are_refused() -> None:
    """Many short UIDs may become longer than explicit VR can say: an error with the attribute's name."""
    uids = "\\".join(f"1.2.{number}" for number in range(1500)).encode()
    element = raw_element(0x00080017, "UI", uids + b"\0" * (len(uids) % 2))

    with pytest.raises(ValueInvalid) as caught:
        released(with_elements(element))
    assert caught.value.details["attribute"] == "AcquisitionUID"


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_identity_for_the_way_back_is_the_original_one(script: str) -> None:
    """Text is decoded from the original's character set; what is missing or empty is left out."""
    content = planted(7, script).content
    original = dcmread(io.BytesIO(content))

    identity = deidentifier().deidentify(MemorySource(content)).identity
    assert identity["PatientName"] == str(original.PatientName)
    assert identity["StudyDescription"] == original.StudyDescription
    assert identity["PatientID"] == original.PatientID
    assert identity.keys() == {
        *(
            "AccessionNumber",
            "IssuerOfPatientID",
            "PatientBirthDate",
            "PatientID",
            "PatientName",
            "PatientSex",
        ),
        *("ReferringPhysicianName", "StudyDate", "StudyDescription", "StudyID", "StudyTime"),
    }


def test_empty_attributes_are_no_identity() -> None:
    """They would come back as values that nobody gave."""
    content = part10(ct_image(PatientSex="", StudyTime=None))

    assert (
        deidentifier().deidentify(MemorySource(content)).identity.keys() & {"PatientSex", "StudyTime"}
        == set()
    )


def test_an_image_without_pixels_is_written_whole() -> None:
    """Without Pixel Data there are no offsets, and nothing is lost."""
    output = read(released(part10(ct_image(PixelData=None))))

    assert "PixelData" not in output
    assert output.Modality == "CT"


def test_every_mapped_uid_leads_back() -> None:
    """The de-identifier knows the original of every new UID of its instances."""
    one = deidentifier()
    new = one.deidentify(MemorySource(part10(ct_image())))

    back = {mapped: original for original, mapped in one.uids.items()}
    assert back[new.sop_instance_uid] == "1.3.6.1.4.1.99999.1.1"
    assert set(back.values()) == {
        *("1.3.6.1.4.1.99999.1.1", "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.1.0", "1.3.6.1.4.1.99999.1.9")
    }


BEHIND = {
    "twice": raw_element(0x00080060, "CS", b"CT"),
    "twice in a sequence's place": raw_element(0x00081140, "LO", b"1234"),
    "an id": raw_element(0x00100020, "LO", b"MRN77777"),
    "a name": raw_element(0x00100010, "PN", b"Quarrington^Zebulon "),
    "what says that text is burned in": raw_element(0x00280301, "CS", b"YES "),
    "a character set": raw_element(0x00080005, "CS", b"ISO_IR 144"),
    "pixels of another kind": raw_element(0x7FE00008, "OF", b"12345678"),
}


@pytest.mark.parametrize("profile", ["basic", "modified_dates"])
@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
def test_what_would_stay_behind_the_pixels_is_held(behind: bytes, profile: str) -> None:
    """Nothing that decides stands there (PS3.5 section 7.1), nor anything twice."""
    image = ct_image(PatientID=None, PatientName=None)
    image.ReferencedImageSequence = [item(ReferencedSOPInstanceUID="1.2.3")]

    with pytest.raises(Malformed):
        released(part10(image) + behind, profile)


def test_signatures_and_padding_behind_the_pixels_go() -> None:
    """They alone may stand there."""
    padding = raw_element(0xFFFCFFFC, "LO", b"Zqraumer")

    assert released(part10(ct_image()) + padding) == released(part10(ct_image()))


def test_the_length_of_a_document_goes_with_it() -> None:
    """It would be that of no document that is there."""
    document = ct_image(
        SOPClassUID=EncapsulatedPDFStorage,
        PixelData=None,
        EncapsulatedDocument=b"%PDF Zqraumer ",
        EncapsulatedDocumentLength=13,
        MIMETypeOfEncapsulatedDocument="application/pdf",
    )
    profile = Profile(name="ours", description="Ours.", encapsulated_documents="remove")
    output = read(released_by(profile, part10(document)))

    assert output.EncapsulatedDocument == b"\0\0"
    assert "EncapsulatedDocumentLength" not in output
