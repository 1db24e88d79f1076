"""Tesseract, on pictures such as scanners make."""

import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.adapters import tesseract
from shared.adapters.tesseract import Tesseract
from shared.deid.pixels.decision import Blank, Keep
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.deid.pixels.text import TextFinder, search_text
from shared.errors import ConfigurationError, PixelsUncleanable
from tests.lettering import LETTER_COLUMNS, LETTER_ROWS, lettering, slice_with
from tests.pixels import Frames, cleaned, decoded, inside, job_of, native_file, policy

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
SEARCHING = policy(
    "when: {attribute: Modality, exists: true}\naction: keep", text="{search: true, found: blank, margin: 4}"
)


def command(folder: Path, script: str) -> Path:
    """A command that stands in for tesseract."""
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def covers(areas: tuple[Rectangle, ...], x: int, y: int, drawn: NDArray[np.int64]) -> float:
    """How much of a drawn text the areas cover."""
    mask = np.zeros((512, 512), bool)
    for each in areas:
        mask[each.y : each.bottom, each.x : each.right] = True
    return float(mask[y : y + drawn.shape[0], x : x + drawn.shape[1]][drawn == 1].mean())


@needs_tesseract
@pytest.mark.parametrize(("x", "y"), [(8, 8), (180, 250)])
@pytest.mark.parametrize("scale", [2, 3])
def test_burned_in_text_is_found_and_blanked(x: int, y: int, scale: int) -> None:
    """In the corner of a slice and over the body: all of its points lie in what is blanked."""
    text = "DOE JANE 4723"
    content = native_file(Frames(slice_with(text, x, y, scale=scale)[None], bits_stored=12))
    finder: TextFinder = Tesseract()
    decision = search_text(job_of(content), Keep("rule only"), SEARCHING, finder)

    assert isinstance(decision, Blank)
    assert covers(decision.areas.everywhere, x, y, lettering(text, scale)) == 1
    area = sum(each.width * each.height for each in decision.areas.everywhere)
    assert area < 3 * len(text) * LETTER_COLUMNS * LETTER_ROWS * scale**2
    after = decoded(cleaned(content, *decision.areas.everywhere))
    assert isinstance(search_text(job_of(content), decision, SEARCHING, finder), Blank)
    assert all((after[:, inside(after.shape, each)] == 0).all() for each in decision.areas.everywhere)


@needs_tesseract
def test_nothing_is_found_in_a_slice_without_text() -> None:
    """A body, air and noise are no words."""
    content = native_file(Frames(slice_with(" ", 0, 0)[None], bits_stored=12))

    assert search_text(job_of(content), Keep("rule only"), SEARCHING, Tesseract()) == Keep("rule only")


@needs_tesseract
def test_nothing_is_found_where_text_was_blanked() -> None:
    """The second look sees black."""
    content = native_file(Frames(slice_with("DOE JANE", 8, 8)[None], bits_stored=12))
    blank = Blank(Areas((Rectangle(0, 0, 200, 40),)), "rule only")

    assert search_text(job_of(content), blank, SEARCHING, Tesseract()) == blank


def test_a_missing_command_is_a_matter_of_configuration() -> None:
    """Whoever asks for the search is told that it cannot be had here."""
    with pytest.raises(ConfigurationError, match="tesseract"):
        Tesseract("no-such-command")


def test_missing_arrays_are_a_matter_of_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures are enlarged by numpy."""
    monkeypatch.setattr(tesseract, "find_spec", lambda _: None)

    with pytest.raises(ConfigurationError, match="extra=pixels"):
        Tesseract(str(command(tmp_path, "exit 0")))


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$"])
def test_a_search_that_fails_is_no_search(tmp_path: Path, script: str) -> None:
    """Nothing is known about the picture then."""
    finder = Tesseract(str(command(tmp_path, script)))

    with pytest.raises(PixelsUncleanable, match="the search for text failed"):
        finder.find(bytes(16), 4, 4)


def word(text: str, confidence: float) -> str:
    """A row of Tesseract's table about a word at (9, 17), 6 pixels wide and 9 high, in the first line."""
    return rf"5\t1\t1\t1\t1\t1\t9\t17\t6\t9\t{confidence}\t{text}"


def table(*rows: str) -> str:
    """A script that writes these rows below a heading."""
    return "cat > /dev/null\nprintf 'level\\n" + "".join(rf"{row}\n" for row in rows) + "'"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (word("Jane", 65), [Rectangle(2, 4, 2, 3)]),
        (word("Jane", 64), []),
        (word("Doe", 80), [Rectangle(2, 4, 2, 3)]),
        (word("Doe", 79), []),
        (word("78", 93), [Rectangle(2, 4, 2, 3)]),
        (word("78", 92), []),
        (word("x", 99), []),
        (word("-- --", 99), []),
        (word("佐藤一郎", 70), [Rectangle(2, 4, 2, 3)]),
        ("4\\t1\\t1\\t1\\t1\\t0\\t9\\t17\\t6\\t9\\t-1\\t", []),
    ],
)
def test_words_count_by_length_and_confidence(tmp_path: Path, line: str, expected: list[Rectangle]) -> None:
    """Small pictures are enlarged four times, and words lie where they are in the picture as it was."""
    found = Tesseract(str(command(tmp_path, table(line)))).find(bytes(400), 20, 20)

    assert found == expected


def test_a_line_is_one_text(tmp_path: Path) -> None:
    """What stands beside a word is text as well, however badly it was read; other lines are not."""
    beside = word("4+r2S", 3).replace(r"\t9\t17", r"\t29\t17")
    below = word("lI", 3).replace(r"5\t1\t1\t1\t1", r"5\t1\t1\t1\t2")
    script = table(word("Doe", 90), beside, below)
    found = Tesseract(str(command(tmp_path, script))).find(bytes(400), 20, 20)

    assert found == [Rectangle(2, 4, 2, 3), Rectangle(7, 4, 2, 3)]
