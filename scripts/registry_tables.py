"""The rows of PS3.6: data elements and UIDs, from pydicom and the little that it does not have yet."""

import importlib

# Elements of PS3.15 Table E.1-1 that the Standard registered after the package's edition. In implicit VR
# they would otherwise be read as UN (PS3.6 2026d, Table 6-1).
MISSING_ELEMENTS = {
    ("00081301", "SQ", "PrincipalDiagnosisCodeSequence"),
    ("00081302", "SQ", "PrimaryDiagnosisCodeSequence"),
    ("00081303", "SQ", "SecondaryDiagnosesCodeSequence"),
    ("00081304", "SQ", "HistologicalDiagnosesCodeSequence"),
    ("00100011", "SQ", "PersonNamesToUseSequence"),
    ("00100012", "LT", "NameToUse"),
    ("00100013", "UT", "NameToUseComment"),
    ("00100014", "SQ", "ThirdPersonPronounsSequence"),
    ("00100015", "SQ", "PronounCodeSequence"),
    ("00100016", "UT", "PronounComment"),
    ("00100041", "SQ", "GenderIdentitySequence"),
    ("00100042", "UT", "SexParametersForClinicalUseCategoryComment"),
    ("00100043", "SQ", "SexParametersForClinicalUseCategorySequence"),
    ("00100044", "SQ", "GenderIdentityCodeSequence"),
    ("00100045", "UT", "GenderIdentityComment"),
    ("00100046", "SQ", "SexParametersForClinicalUseCategoryCodeSequence"),
    ("00100047", "UR", "SexParametersForClinicalUseCategoryReference"),
    ("00102162", "UC", "EthnicGroups"),
    ("0040A034", "DT", "EffectiveStartDateTime"),
    ("0040A035", "DT", "EffectiveStopDateTime"),
    ("0040B034", "DT", "AnnotationDateTime"),
    ("0040B036", "DT", "SegmentDefinitionDateTime"),
    ("0040B03B", "LT", "MontageName"),
    ("0040B03F", "LO", "MontageChannelLabel"),
    ("0040E012", "UR", "DisplayURI"),
}
# UIDs that the Standard registered after the package's edition: Supplement 232, JPEG XL.
MISSING_UIDS = {
    ("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", "Transfer Syntax"),
    ("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", "Transfer Syntax"),
    ("1.2.840.10008.1.2.4.112", "JPEG XL", "Transfer Syntax"),
}


def element_rows() -> list[tuple[str, str, str]]:
    """Tag, VR and keyword of each data element; repeating groups keep their `x`."""
    datadict = importlib.import_module("pydicom._dicom_dict")
    plain = {f"{tag:08X}": row for tag, row in datadict.DicomDictionary.items()}
    rows = {
        (tag, row[0].split(" ")[0], row[4])
        for tag, row in (plain | datadict.RepeatersDictionary).items()
        if row[0] != "NONE"
    }
    return sorted(rows | MISSING_ELEMENTS)


def uid_rows() -> list[tuple[str, str, str]]:
    """Value, name and type of the registered UIDs of Annex A."""
    registry = importlib.import_module("pydicom._uid_dict")
    rows = {
        (uid, row[0], row[1])
        for uid, row in registry.UID_dictionary.items()
        if row[1] in {"SOP Class", "Transfer Syntax"}
    }
    return sorted(rows | MISSING_UIDS)
