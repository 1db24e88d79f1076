"""Names of regions of interest: the grammar of AAPM TG-263, and what is left of others."""

import pytest

from shared.deid.text.cleaner import TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.roi_names import clean_roi_name, is_standard_roi_name
from shared.deid.text.settings import TextSettings
from shared.deid.text.vocabulary import shipped_vocabulary
from tests.unit.shared.deid.text.cases import cases

CLEANER = TextCleaner(shipped_vocabulary(), TextSettings())
NOBODY = KnownIdentifiers()


@pytest.mark.parametrize(
    "name",
    cases(
        "Parotid_L | SpinalCord | SpinalCord_PRV05 | OpticNrv_L | OpticNrv_PRV03_R | OpticChiasm"
        " | Brainstem_Core | Bone_Mandible | BODY | External | CouchSurface | CouchInterior | Lungs"
        " | Lungs-GTV | Lung~_L | ~Brain | Brain~ | PTV | PTV_7000 | PTV70 | PTV1 | PTVn1_5040"
        " | PTV_High | PTV_Mid01 | CTV_5040 | CTVp | GTVp1_CT1 | GTV-1 | ITV_5000 | IGTV | PTV_5040x28"
        " | PTV-03 | PTV_Eval | PTVsb | CTVpar | PTV_50.4 | PTV_66Gy | zPTVopt | _PTVopt | xPTV_R"
        " | z_Ring | _Ring | Dose_100[%] | Dose 95[%] | Dose_5000[cGy] | Femur_Head_L | Glnd_Submand_L"
        " | Musc_Constrict_S | A_LAD | V_Venacava_I | LN_Neck_IB_L | Bowel_Small | BowelBag"
        " | Cavity_Oral | Eye_R^Copy | Kidney_Cortex_L | VB_T12 | PenileBulb | Bolus_05mm | Ring_2cm"
        " | Marker1 | Patient_Outline | ROI-1 | Left Lung | Lung L | Spinal Cord | BrachialPlex_R"
        " | Couch Surface | ptv_70 | body"
    ),
)
def test_standard_names(name: str) -> None:
    """They stay as they are."""
    assert is_standard_roi_name(name)
    assert clean_roi_name(name, NOBODY, CLEANER) == name


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Smith", ""),
        ("PTV_Smith", "PTV"),
        ("JS_contour", "contour"),
        ("Heart_Jones", "Heart"),
        ("Dr_Meyer", ""),
        ("123456", ""),
        ("PTV_123456", "PTV"),
        ("PTV_KM_final2", "PTV_KM_final2"),
        ("Lunge links", "Lunge links"),
        ("Xaver_L", ""),
        ("L", ""),
        ("_2", ""),
        ("", ""),
        ("x" * 65, ""),
        ("王", ""),
        ("肝脏", "肝脏"),
        ("PTV 12.03.2024", "PTV"),
    ],
)
def test_other_names_are_cleaned(name: str, left: str) -> None:
    """Word by word; what says nothing is empty."""
    assert not is_standard_roi_name(name)
    assert clean_roi_name(name, NOBODY, CLEANER) == left


@pytest.mark.parametrize(
    ("name", "left"), [("Heart", ""), ("Heart_Lung", "Lung"), ("PTV_7000", "PTV"), ("Lung_L", "Lung_L")]
)
def test_a_standard_name_may_be_the_patients(name: str, left: str) -> None:
    """What is known goes from standard names as well."""
    known = KnownIdentifiers.of(["Heart"], ["7000"])

    assert clean_roi_name(name, known, CLEANER) == left
