"""Value Representations that implicit VR leaves open (PS3.5 Annex A.1)."""

from shared.dicom.scan import Element


def definite_vr(element: Element, *, signed: bool) -> str:
    """The VR of an element in implicit VR; `signed` tells that Pixel Representation is 1."""
    from pydicom.datadict import dictionary_VR

    try:
        choices = dictionary_VR(element.tag)
    except KeyError:
        return element.vr
    if choices == "US or SS":
        return "SS" if signed else "US"
    return "OW" if choices.endswith("or OW") else element.vr
