"""Coded entries: their attributes, and the coding schemes of the Standard (PS3.3 section 8)."""

from shared.dicom.dataset import DataSet

CODE_VALUE, CODE_MEANING = 0x00080100, 0x00080104
CODING_SCHEME_DESIGNATOR = 0x00080102
#: what a code says: its value, long or short, and its meaning
CODE_TAGS = frozenset({CODE_VALUE, CODE_MEANING, 0x00080119})
STANDARD_SCHEMES = frozenset({"DCM", "SRT", "SCT", "SNM3", "UCUM", "LN", "FMA", "RADLEX", "NCIt"})


def code_of(item: DataSet) -> tuple[str, str]:
    """The code value in an item, and its coding scheme."""
    return item.text(CODE_VALUE), item.text(CODING_SCHEME_DESIGNATOR)
