"""Attributes of text that hold the terms of machines, makers and standards instead of anybody's words.

Where descriptors are cleaned they stay as they are, for a vocabulary knows no kernels, models and numbers of
parts; the release gate searches them. All other text that Table E.1-1 does not list is what people write.
"""

from functools import lru_cache

from shared.dicom.dictionary import keyword_of

#: how the keywords of such attributes end
TERM_ENDS = (
    *("AlgorithmName", "ApplicationName", "ApplicatorName", "Code", "CodeValue", "CoilName", "ColumnNames"),
    *("Creator", "CreatorReference", "Designator", "DeviceName", "Encoding", "Filter", "Filters", "FontName"),
    *("Format", "FormatAcquired", "Function", "GridName", "ID", "IDType", "Identifier", "IsotopeName"),
    *("Kernel", "Keyword", "Manufacturer", "ManufacturerName", "Material", "Method", "MIMETypes", "Mode"),
    *("ModeName", "ModelGroup", "ModelName", "ModelNumber", "Nomenclature", "Nucleus", "Number", "Position"),
    *("Priority", "Registry", "SequenceName", "Setting", "ShieldName", "Size", "Source", "Type", "Vector"),
    *("Version", "Versions", "WindowName"),
)
#: such attributes whose keywords end in no word of theirs
TERMS = frozenset(
    {
        "BatteryLevel",
        "DetectorLinesOfResponseUsed",
        "ImagingDeviceSpecificAcquisitionParameters",
        "MIMETypeOfEncapsulatedDocument",
        "MappingResourceName",
        "MultiCoilConfiguration",
        "MultiCoilElementName",
        "OutputPower",
        "PVCRejection",
        "PatientBreedDescription",
        "PatientSpeciesDescription",
        "SpectralSensitivity",
        "TransducerData",
    }
)
#: and what numbers and marks of somebody's end in
_MARKS = ("Code", "CodeValue", "ID", "Identifier", "Number")
#: their keywords end like those of terms, but people give them
_WORDS = frozenset({"DataSetSource", "RepairID", "TrackingID"})


@lru_cache(maxsize=1 << 13)
def is_setting(tag: int) -> bool:
    """Tell whether it is a term that a machine chooses from a few, and nobody's number or mark."""
    return is_term(tag) and not keyword_of(tag).endswith(_MARKS)


@lru_cache(maxsize=1 << 13)
def is_term(tag: int) -> bool:
    """Tell whether an attribute of text holds a term."""
    keyword = keyword_of(tag)
    return keyword in TERMS or (keyword.endswith(TERM_ENDS) and keyword not in _WORDS)
