"""Judges what a scan found: `vulnerabilities.py FILE SEVERITIES`, severities with commas between.

Ends with 1 if one is so severe, and with 2 if the file is no list of findings.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

_SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "MINIMAL")


def main(arguments: Sequence[str]) -> int:
    """Count what was found, print the counts, and judge."""
    file, refused = Path(arguments[0]), set(arguments[1].split(","))
    if unknown := refused - set(_SEVERITIES):
        sys.stderr.write(f"no severity: {', '.join(sorted(unknown))}\n")
        return 2
    found = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, list):
        sys.stderr.write("the scan gave no list\n")
        return 2
    severities = Counter(each["vulnerability"]["effectiveSeverity"] for each in found)
    sys.stdout.write(f"vulnerabilities: {dict(severities) or 'none'}\n")
    for each in found:
        if each["vulnerability"]["effectiveSeverity"] in refused:
            sys.stderr.write(f"{each['vulnerability']['effectiveSeverity']}: {each['noteName']}\n")
    return 1 if refused & severities.keys() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
