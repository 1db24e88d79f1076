"""Outputs are as valid as their originals, by an independent judge: dciodvfy of Debian's dicom3tools."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from shared.deid.instance import Deidentifier
from shared.dicom.read import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
from shared.dicom.source import MemorySource
from shared.errors import AirlockError
from tests import corpus
from tests.images import HEADERS_ALONE, PROFILES, FixedKeys, written

pytestmark = [
    *corpus.MARKS,
    pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed"),
]

#: values, UIDs and what else differs between an original and its output
_VALUES = re.compile(r"<[^>]*>|= [^ ]*$|[0-9][0-9.]*|value [^ ]* ")
#: what the judge says of an original that it cannot read to its end; the output can be read, and is judged
UNREADABLE = frozenset(
    {
        "malformed_or_odd/fo-dicom__GH1376.dcm",
        "malformed_or_odd/fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm",
    }
)


def errors(path: Path) -> Counter[str]:
    """What the judge calls an error, without values."""
    answer = subprocess.run(["dciodvfy", path], capture_output=True, check=False)
    lines = (answer.stdout + answer.stderr).decode("latin_1").splitlines()
    return Counter(_VALUES.sub("~", line) for line in lines if line.startswith("Error"))


@pytest.mark.parametrize("profile", ["basic", "extended", "full_dates"])
def test_no_output_has_an_error_that_its_original_has_not(profile: str, tmp_path: Path) -> None:
    """For every file of the corpus that is released; deflated originals cannot be judged."""
    worker = Deidentifier(PROFILES[profile], FixedKeys(), HEADERS_ALONE)
    before, after = tmp_path / "before.dcm", tmp_path / "after.dcm"
    judged, new = 0, {}
    for each in corpus.files():
        if each.transfer_syntax_uid == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN or each.name in UNREADABLE:
            continue
        try:
            output = written(worker.deidentify(MemorySource(each.read())))
        except AirlockError:
            continue
        before.write_bytes(each.read())
        after.write_bytes(output)
        judged += 1
        if added := errors(after) - errors(before):
            new[each.name] = added

    assert judged > 150
    assert new == {}
