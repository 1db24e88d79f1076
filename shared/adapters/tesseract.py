"""Find text in pictures by the command `tesseract` (Debian's tesseract-ocr), a process of its own."""

import math
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from shared.deid.pixels.geometry import Rectangle
from shared.errors import ConfigurationError, PixelsUncleanable

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Tesseract reads letters of some thirty pixels best; a scanner's are ten, so small pictures are enlarged
_WANTED_PIXELS, _LARGEST_SCALE = 1500, 4
_TIMEOUT_SECONDS = 120
#: how sure Tesseract must be, in hundredths, of a word of two, three, and four or more letters and digits; in
#: the corpus that tells text from vessels, ribs and noise
_SURE = {2: 93, 3: 80, 4: 65}
# Sparse text, in no order; its neural reader; words with their places.
_OPTIONS = ("stdin", "stdout", "--psm", "11", "--oem", "1", "-l", "eng", "tsv")
_LETTERS = re.compile(r"[^\W_]")


class Tesseract:
    """Finds words; what it reads is not kept, only where it stands."""

    def __init__(self, command: str = "tesseract") -> None:
        """Find the command, and what enlarges pictures.

        Raises:
            ConfigurationError: one of them is not installed.
        """
        path = shutil.which(command)
        if path is None:
            raise ConfigurationError(
                command="tesseract", problem="not installed, but the pixel rules ask for it"
            )
        if find_spec("numpy") is None:
            raise ConfigurationError(package="numpy", extra="pixels")
        self._path = path

    def find(self, picture: bytes, columns: int, rows: int) -> Sequence[Rectangle]:
        """The rectangles around the words in a grey picture of one byte a pixel, row by row.

        Raises:
            PixelsUncleanable: Tesseract failed or took too long.
        """
        scale = _scale(columns, rows)
        enlarged = _enlarged(picture, columns, rows, scale)
        portable = b"P5 %d %d 255\n" % (columns * scale, rows * scale) + enlarged
        return [_shrunk(word, scale) for word in _words(self._run(portable))]

    def _run(self, picture: bytes) -> str:
        # One thread: workers run beside each other already.
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(  # noqa: S603  # a fixed command; the picture goes through standard input
                [self._path, *_OPTIONS],
                input=picture,
                capture_output=True,
                timeout=_TIMEOUT_SECONDS,
                check=True,
                env=environment,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise PixelsUncleanable(reason="the search for text failed") from error
        return done.stdout.decode("utf-8", "replace")


def _scale(columns: int, rows: int) -> int:
    return min(max(round(_WANTED_PIXELS / min(columns, rows)), 1), _LARGEST_SCALE)


def _enlarged(picture: bytes, columns: int, rows: int, scale: int) -> bytes:
    """Enlarge a picture by a whole factor, with soft edges: Tesseract takes stairs for strokes."""
    import numpy as np

    if scale == 1:
        return picture
    grey = np.frombuffer(picture, np.uint8).reshape(rows, columns).astype(np.float32)
    for axis in (0, 1):
        grey = _smoothed(np.repeat(grey, scale, axis), scale, axis)
    return grey.astype(np.uint8).tobytes()


def _smoothed(grey: "NDArray[Any]", width: int, axis: int) -> "NDArray[Any]":
    """The mean of `width` neighbours along an axis."""
    import numpy as np

    before = width // 2
    margins = [(before, width - 1 - before) if each == axis else (0, 0) for each in (0, 1)]
    padded = np.pad(grey, margins, mode="edge")
    shifted = (np.take(padded, range(start, start + grey.shape[axis]), axis) for start in range(width))
    return np.asarray(sum(shifted) / width)


def _words(table: str) -> Iterator[Rectangle]:
    """The places of all words of every line in which one counts: its neighbours are words read badly.

    The columns are level, page, block, paragraph, line, word, left, top, width, height, confidence and text.
    """
    lines: dict[tuple[str, ...], list[list[str]]] = {}
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) >= 12 and cells[11].strip():
            lines.setdefault(tuple(cells[1:5]), []).append(cells)
    for words in lines.values():
        if any(_counts(cells[11], float(cells[10])) for cells in words):
            yield from (Rectangle(*(int(cell) for cell in cells[6:10])) for cells in words)


def _counts(word: str, confidence: float) -> bool:
    letters = min(len(_LETTERS.findall(word)), max(_SURE))
    return confidence >= _SURE.get(letters, math.inf)


def _shrunk(word: Rectangle, scale: int) -> Rectangle:
    """The rectangle in the picture as it was, rounded outwards."""
    x, y = word.x // scale, word.y // scale
    return Rectangle(x, y, -(-word.right // scale) - x, -(-word.bottom // scale) - y)
