"""Text drawn into pixels by a small bitmap font, as scanners burn it in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: seven rows of five columns for each letter
_FONT = {
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "D": "11110 10001 10001 10001 10001 10001 11110",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "I": "01110 00100 00100 00100 00100 00100 01110",
    "J": "00111 00010 00010 00010 00010 10010 01100",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    "N": "10001 11001 10101 10011 10001 10001 10001",
    "O": "01110 10001 10001 10001 10001 10001 01110",
    "P": "11110 10001 10001 11110 10000 10000 10000",
    "R": "11110 10001 10001 11110 10100 10010 10001",
    "S": "01111 10000 10000 01110 00001 00001 11110",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "11110 00001 00001 01110 00001 00001 11110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    " ": "00000 00000 00000 00000 00000 00000 00000",
}
LETTER_COLUMNS, LETTER_ROWS = 6, 7


def lettering(text: str, scale: int) -> NDArray[Any]:
    """A text as ones among zeros, each point of the font `scale` pixels wide and high."""
    letters = [np.array([[int(point) for point in row] for row in _FONT[letter].split()]) for letter in text]
    line = np.hstack([np.pad(letter, ((0, 0), (0, 1))) for letter in letters])
    return np.kron(line, np.ones((scale, scale), int))


def slice_with(
    text: str, x: int, y: int, *, scale: int = 2, value: int = 3000, size: int = 512
) -> NDArray[Any]:
    """A slice such as CT makes, a body in air with noise, and a text in it."""
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[0:size, 0:size] / size - 0.5
    picture = np.where((columns / 0.4) ** 2 + (rows / 0.32) ** 2 < 1, 1064, 24) + rng.normal(
        0, 12, (size, size)
    )
    drawn = lettering(text, scale)
    picture[y : y + drawn.shape[0], x : x + drawn.shape[1]][drawn == 1] = value
    return picture.round().clip(0, 4095).astype(np.uint16)
