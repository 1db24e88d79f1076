"""Write the generated tables of `shared/dicom` and `shared/deid` from packages with the Standard's data.

Run with `pip install dicom-anonymizer==2.1.0 pydicom==3.0.2` in an environment of its own; the tables change
only when an edition of the Standard is adopted, so dicom-anonymizer is no dependency of the project.
"""

import csv
import importlib
import re
from collections.abc import Iterable
from pathlib import Path

EDITION = "2026c"
CODES = {
    "D_TAGS": "D",
    "Z_TAGS": "Z",
    "X_TAGS": "X",
    "U_TAGS": "U",
    "Z_D_TAGS": "Z/D",
    "X_Z_TAGS": "X/Z",
    "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D",
    "X_Z_U_STAR_TAGS": "X/Z/U*",
}
# Rows of PS3.15 2026c that the package leaves out.
MISSING_ROWS = {
    ("00404023", "Referenced General Purpose Scheduled Procedure Step Transaction UID", "U"),
}
# UIDs that the Standard registered after the package's edition: Supplement 232, JPEG XL.
MISSING_UIDS = {
    ("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", "Transfer Syntax"),
    ("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", "Transfer Syntax"),
    ("1.2.840.10008.1.2.4.112", "JPEG XL", "Transfer Syntax"),
}
TAG_LINE = re.compile(r"\s*\((0x[0-9A-Fa-f, x]+)\),\s*#\s*(.+)")
ROOT = Path(__file__).resolve().parent.parent


def write(path: Path, header: list[str], rows: Iterable[Iterable[str]]) -> None:
    """Write one table with Unix line ends."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def basic_profile_rows() -> list[tuple[str, str, str]]:
    """Read tag, name and Basic Profile code of PS3.15 Table E.1-1 from dicom-anonymizer's source text."""
    module = importlib.import_module(f"dicomanonymizer.dicom_anonymization_databases.dicomfields_{EDITION}")
    rows, code = [], None
    for line in Path(str(module.__file__)).read_text(encoding="utf-8").splitlines():
        if line.rstrip().endswith("= ["):
            code = CODES.get(line.split(" ", 1)[0])
        elif code and (match := TAG_LINE.match(line)):
            numbers = [int(part, 16) for part in match[1].split(",")]
            rows.append((_tag_text(numbers), match[2].strip(), code))
    return sorted(set(rows) | MISSING_ROWS)


def _tag_text(numbers: list[int]) -> str:
    """Write a tag as eight digits; a repeating group comes with masks and gets `x` where any digit goes."""
    digits = f"{numbers[0]:04X}{numbers[1]:04X}"
    if len(numbers) == 2:
        return digits
    mask = f"{numbers[2]:04X}{numbers[3]:04X}"
    return "".join(digit if keep == "F" else "x" for digit, keep in zip(digits, mask, strict=True))


def dictionary_rows() -> list[tuple[str, str, str]]:
    """Read tag, VR and keyword of PS3.6 from pydicom; repeating groups keep their `x`."""
    datadict = importlib.import_module("pydicom._dicom_dict")
    plain = {f"{tag:08X}": row for tag, row in datadict.DicomDictionary.items()}
    return sorted(
        (tag, row[0].split(" ")[0], row[4])
        for tag, row in (plain | datadict.RepeatersDictionary).items()
        if row[0] != "NONE"
    )


def uid_rows() -> list[tuple[str, str, str]]:
    """Read value, name and type of the registered UIDs of PS3.6 Annex A from pydicom."""
    registry = importlib.import_module("pydicom._uid_dict")
    rows = {
        (uid, row[0], row[1])
        for uid, row in registry.UID_dictionary.items()
        if row[1] in {"SOP Class", "Transfer Syntax"}
    }
    return sorted(rows | MISSING_UIDS)


def main() -> None:
    """Write all three tables."""
    tables = ROOT / "shared"
    write(
        tables / "deid" / f"ps3_15_table_e1_1_{EDITION}.csv", ["tag", "name", "basic"], basic_profile_rows()
    )
    write(tables / "dicom" / "ps3_06_data_elements.csv", ["tag", "vr", "keyword"], dictionary_rows())
    write(tables / "dicom" / "ps3_06_uids.csv", ["uid", "name", "type"], uid_rows())


if __name__ == "__main__":
    main()
