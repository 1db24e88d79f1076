"""The drop of most tests: what is in it, and how it must be counted."""

from pathlib import Path

from pydicom.uid import SecondaryCaptureImageStorage

from shared.balance import Balance
from shared.local.sample.series import file_of
from tests.acceptance.samples import changed, ct, disks, mr, topogram, write

#: how the drop is counted when all is done
SETTLED = Balance(received=16, exported=8, unmatched=2, ignored=3, rejected=0, in_flight=0, exceptions=3)
#: what goes wrong with it
FAILURES = [("unpack", "archive_member_encrypted"), ("validate", "not_dicom"), ("validate", "truncated")]
#: the matched series: how many instances of each are exported
PACKAGES = [2, 2, 4]


def write_drop(folder: Path) -> Path:
    """Write the drop.

    - `CT/`: four axial slices and a localizer in the same series, which no ruleset claims.
    - `MR/`: two slices of a second patient.
    - `OT/`: one secondary capture, which no ruleset claims.
    - `archive.zip`: two slices of a third patient under the same base name, a DICOMDIR, a text, and an
      encrypted member.
    - `bad/`: a text, and a file that was cut off.
    - `copy/`: the first slice of the CT again.
    """
    axial = [file_of(image) for image in ct("ct", 4)]
    return write(
        folder,
        {
            **{f"CT/IM{number:04d}.dcm": content for number, content in enumerate(axial, start=1)},
            "CT/IM0901.dcm": file_of(topogram("ct")),
            **{f"MR/IM{number:04d}.dcm": file_of(image) for number, image in enumerate(mr("mr", 2), start=1)},
            "OT/IM0001.dcm": changed(
                ct("other", 2)[0], Modality="OT", SOPClassUID=SecondaryCaptureImageStorage
            ),
            "archive.zip": disks("disks"),
            "bad/letter.txt": b"Dear colleague,\nthank you for sending your patient.\n" * 9,
            "bad/truncated.dcm": file_of(ct("truncated", 2)[0])[:-100],
            "copy/IM0001.dcm": axial[0],
        },
    )
