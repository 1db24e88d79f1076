"""The release gate and people who are called like a term of their images."""

import pytest

from shared.errors import Residue
from tests.images import ct_image, part10, released


@pytest.mark.parametrize("profile", ["basic", "extended"])
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Original", {}),
        ("Axial^X", {}),
        ("Primary^P", {}),
        ("Standard^Q", {"ConvolutionKernel": "STANDARD"}),
        ("Logan^A", {"ConvolutionKernel": "Shepp-Logan"}),
        ("Head^A", {"ConvolutionKernel": "HEAD"}),
        ("B30f", {"ConvolutionKernel": ["B30f", "3"]}),
        ("Body^A", {"FilterType": "BODY FILTER", "ConvolutionKernel": "BODY"}),
    ],
)
def test_who_is_called_like_a_term_is_not_held_for_it(
    name: str, changes: dict[str, object], profile: str
) -> None:
    """The types of images, kernels and filters are everybody's, for operators, patients and ids."""
    assert released(part10(ct_image(OperatorsName=name, **changes)), profile)
    assert released(part10(ct_image(PatientName=name, **changes)), profile)
    assert released(part10(ct_image(PatientID=name.partition("^")[0].upper(), **changes)), profile)


@pytest.mark.parametrize(
    ("name", "keyword", "value"),
    [
        ("Original", "ContrastBolusRoute", "for Original"),
        ("Standard^Q", "AcquisitionProtocolName", "STANDARD"),
        ("Quarrington", "ConvolutionKernel", "QUARRINGTON"),
        ("Quarrington", "ImageType", ["ORIGINAL", "PRIMARY", "QUARRINGTON"]),
        ("Quarrington", "FilterType", "QUARRINGTON 2"),
        ("Original", "FilterType", "ORIGINAL"),
        ("MRN4711", "ConvolutionKernel", "MRN4711"),
    ],
)
def test_elsewhere_the_same_word_is_a_name(name: str, keyword: str, value: object) -> None:
    """Each attribute has terms of its own, and no other word passes there."""
    with pytest.raises(Residue) as caught:
        released(part10(ct_image(PatientName=name, **{keyword: value})))

    assert caught.value.details["element"] == keyword
