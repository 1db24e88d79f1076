"""Text that Table E.1-1 does not list, where descriptors are cleaned: people's words and machines' terms."""

import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, RTPlanStorage

from shared.deid.header.encode import element
from shared.deid.rules.actions import Action
from shared.deid.rules.left_out import left_out_row
from shared.deid.rules.scope import MARKERS, Rules
from shared.deid.rules.table import row_of
from shared.deid.rules.terms import TERM_ENDS, TERMS, is_term
from shared.dicom.dictionary import tag_for_keyword, vr_of
from shared.dicom.scan import EXPLICIT_LITTLE
from tests.images import PROFILES, ct_image, item, part10, read, released, with_elements

CLEANING = ["clean_descriptors", "extended", "research"]
STRANGER = "Zqraumer"
TEXT_VRS = {"LO", "LT", "SH", "ST", "UC", "UT"}


def plan(**beam: str) -> bytes:
    """An RT Plan with one beam and one tolerance table."""
    return part10(
        ct_image(
            SOPClassUID=RTPlanStorage,
            Modality="RTPLAN",
            PixelData=None,
            RTPlanLabel="plan",
            ToleranceTableSequence=[item(ToleranceTableNumber=1, ToleranceTableLabel=f"Linac {STRANGER}")],
            BeamSequence=[item(BeamNumber=1, **beam)],
        )
    )


def image(**values: object) -> bytes:
    """A CT image."""
    return part10(ct_image(**values))


@pytest.mark.parametrize("profile", CLEANING)
def test_labels_of_a_plan_lose_the_names_of_people(profile: str) -> None:
    """Beams and tolerance tables are named by planners."""
    output = read(released(plan(BeamName=f"Left {STRANGER} 2", TreatmentMachineName="LINAC1"), profile))

    assert output.ToleranceTableSequence[0].ToleranceTableLabel == "Linac"
    assert output.BeamSequence[0].BeamName == "Left 2"


@pytest.mark.parametrize("profile", ["basic", "modified_dates"])
def test_without_the_option_they_stay(profile: str) -> None:
    """Table E.1-1 does not list them; the gate looks for this patient's identifiers."""
    assert read(released(plan(BeamName="Left"), profile)).BeamSequence[0].BeamName == "Left"


@pytest.mark.parametrize("profile", CLEANING)
@pytest.mark.parametrize(
    "keyword",
    [
        "ContrastBolusRoute",
        "FrameLabel",
        "LUTExplanation",
        "MaskOperationExplanation",
        "PixelSpacingCalibrationDescription",
        "PositionReferenceIndicator",
        "TransformDescription",
        "WindowCenterWidthExplanation",
    ],
)
def test_words_of_people_are_cleaned(profile: str, keyword: str) -> None:
    """What is no word of the field goes."""
    output = read(released(image(**{keyword: f"soft tissue {STRANGER}"}), profile))

    assert output[keyword].value == "soft tissue"


@pytest.mark.parametrize("profile", CLEANING)
@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ConvolutionKernel", "Qr40d\\3"),
        ("Manufacturer", "Xqmakers"),
        ("ManufacturerModelName", "Zqscan 7000"),
        ("SoftwareVersions", "syngo CT VB10A"),
        ("SequenceName", "*tfl3d1_16ns"),
        ("FilterType", "BODY_XQ"),
        ("RescaleType", "HU"),
        ("StackID", "Xq1"),
    ],
)
def test_terms_of_machines_stay(profile: str, keyword: str, value: str) -> None:
    """A vocabulary does not know them."""
    written = read(released(image(**{keyword: value.split("\\")}), profile))[keyword].value

    assert "\\".join([written] if isinstance(written, str) else written) == value


@pytest.mark.parametrize("profile", CLEANING)
def test_meanings_of_a_hospitals_codes_are_cleaned(profile: str) -> None:
    """Its values stay, and codes of the Standard's schemes as a whole."""
    own = item(CodeValue="ZQ12", CodingSchemeDesignator="99LOCAL", CodeMeaning=f"CT Thorax {STRANGER}")
    standard = item(CodeValue="77477000", CodingSchemeDesignator="SCT", CodeMeaning="Zqomography")
    output = read(released(image(ProcedureCodeSequence=[own, standard]), profile)).ProcedureCodeSequence

    assert [code.CodeValue for code in output] == ["ZQ12", "77477000"]
    assert [code.CodeMeaning for code in output] == ["CT Thorax", "Zqomography"]


@pytest.mark.parametrize("profile", CLEANING)
def test_text_in_another_representation_goes(profile: str) -> None:
    """In VR OB nobody can clean it; in VR LO a code string is text."""
    for tag, vr, text in ((0x00181040, "OB", STRANGER), (0x00180022, "LO", f"HELIX {STRANGER} ")):
        content = with_elements(element(tag, vr, text.encode(), EXPLICIT_LITTLE))

        assert STRANGER.encode() not in released(content, profile)


def test_every_attribute_of_text_is_cleaned_or_a_term() -> None:
    """Attributes that a new edition brings are cleaned, unless their keywords end like a term's."""
    scope = Rules(PROFILES["clean_descriptors"]).scope(CTImageStorage)
    tags = [tag for tag in DicomDictionary if tag >> 16 >= 0x0008 and vr_of(tag) in TEXT_VRS]
    unlisted = [tag for tag in tags if not (row_of(tag) or left_out_row(tag) or tag in MARKERS)]
    kept = {tag for tag in unlisted if scope.rule(tag, vr_of(tag)).action is Action.KEEP}

    assert kept == {tag for tag in unlisted if is_term(tag)}
    assert len(unlisted) > len(kept) + 150


@pytest.mark.parametrize("keyword", sorted(TERMS))
def test_every_term_is_needed(keyword: str) -> None:
    """It is an attribute, and its ending says nothing."""
    assert tag_for_keyword(keyword) is not None
    assert not keyword.endswith(TERM_ENDS)


def test_labels_in_items_are_cleaned_too() -> None:
    """At every depth."""
    inner = Dataset()
    inner.LUTExplanation = STRANGER
    inner.LUTDescriptor = [1, 0, 16]
    inner.ModalityLUTType = "US"
    output = read(released(image(ModalityLUTSequence=[inner]), "extended"))

    assert not output.ModalityLUTSequence[0].LUTExplanation
    assert output.ModalityLUTSequence[0].ModalityLUTType == "US"
