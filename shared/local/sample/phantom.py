"""A head-and-neck CT phantom: invented anatomy in realistic Hounsfield units, made of formulas alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.local.sample import anatomy
from shared.local.sample.shapes import Blob, Grid, Mask, Volume

FIELD_OF_VIEW = 256.0
"""The side of the square slice in mm."""


class Subject(NamedTuple):
    """How one patient differs from another: stretch along x and y, and an offset on the table in mm."""

    stretch: tuple[float, float]
    offset: tuple[float, float]


def head_and_neck(heights: NDArray[np.float64], size: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Make axial slices of a head and neck lying on its back.

    Args:
        heights: the slices' positions in mm above the neck's base, ascending, from 0 to 120.
        size: rows and columns of a slice.
        rng: decides the patient's build and the noise.

    Returns:
        Hounsfield units, shape (slices, size, size): rows run to the back, columns to the patient's left.
    """
    stretch_x, stretch_y, offset_x, offset_y = rng.uniform((0.97, 0.97, -1, -1), (1.03, 1.03, 1, 1)).tolist()
    subject = Subject((stretch_x, stretch_y), (offset_x, offset_y))
    volume = _body(subject, heights, size)
    _add_table(volume)
    return _scanned(volume.hu, rng)


def pixel_positions(size: int) -> Grid:
    """The centres of `size` pixels across the field of view, in mm from its middle."""
    spacing = FIELD_OF_VIEW / size
    return ((np.arange(size) - (size - 1) / 2) * spacing).astype(np.float32)


def _body(subject: Subject, heights: NDArray[np.float64], size: int) -> Volume:
    """Paint the anatomy, from the skin to the finest."""
    pixels = pixel_positions(size)
    (stretch_x, stretch_y), (offset_x, offset_y) = subject
    volume = Volume(
        (pixels - offset_x) / np.float32(stretch_x),
        (pixels - offset_y) / np.float32(stretch_y),
        heights.astype(np.float32),
    )
    _add_outline(volume)
    outside = volume.hu < -900
    volume.paint_all((*anatomy.NECK, *anatomy.FACE, *anatomy.SPINE, *anatomy.JAWS, *_teeth()))
    volume.paint_all(anatomy.AIRWAY)
    _add_cranium(volume)
    volume.paint_all((*anatomy.SKULL_BASE, *anatomy.BRAIN, *anatomy.SINUSES, *anatomy.ORBITS))
    _add_mastoid_cells(volume)
    volume.hu[outside] = anatomy.AIR
    return volume


def _outline_level(volume: Volume) -> tuple[Grid, Grid]:
    """How far out each point lies, 0 in the middle and 1 on the skin, and the body's mean radius in mm."""
    half_width, centre, front, back = (
        np.interp(volume.z, anatomy.OUTLINE_Z, values).astype(np.float32)
        for values in (anatomy.OUTLINE_X, anatomy.OUTLINE_Y, anatomy.OUTLINE_FRONT, anatomy.OUTLINE_BACK)
    )
    depth = np.where(volume.y < centre, front, back)
    across, along = np.abs(volume.x) / half_width, np.abs(volume.y - centre) / depth
    level = (across**2.2 + along**2.2) ** np.float32(1 / 2.2)
    return level, (half_width + front + back) / 3


def _add_outline(volume: Volume) -> None:
    """Fill the body: skin, a layer of fat, and loose tissue below."""
    level, radius = _outline_level(volume)
    volume.paint_all(anatomy.OUTSIDE)
    volume.hu[level <= 1] = 35
    volume.hu[level <= 1 - 2.2 / radius] = anatomy.FAT
    muscle = np.abs(level - (1 - 6.5 / radius)) < 1.1 / radius
    volume.hu[muscle & (volume.z < 34) & (volume.y < 30)] = anatomy.MUSCLE  # platysma


def _teeth() -> list[Blob]:
    """Two rows of teeth: crowns of enamel along the arches, roots in the bone."""
    teeth = []
    for angle in np.linspace(8, 74, 7):
        across, front = float(np.sin(np.radians(angle))), float(np.cos(np.radians(angle)))
        width = 3.6 + float(angle) / 55  # molars are wider than incisors
        for radius, height, half in ((37, 49, 8), (34, 58, 6.5)):
            place = (radius * across, -26 - 51 * front, height)
            teeth.append(Blob(place, (width, width, half), anatomy.ENAMEL, paired=True))
    return teeth


def _add_cranium(volume: Volume) -> None:
    """Fill the skull: two tables of dense bone with spongy bone between, fluid, and the brain in it."""
    crown = slice(int(np.searchsorted(volume.z.ravel(), 56)), None)
    head = Volume(volume.x.ravel(), volume.y.ravel(), volume.z[crown].ravel())
    head.hu = volume.hu[crown]
    level, radius = _outline_level(head)
    # The vault narrows towards the foramen magnum although the neck around it does not.
    narrowing = np.interp(head.z, (56, 62, 68, 78, 90), (0.5, 0.68, 0.85, 0.95, 1)).astype(np.float32)
    depth = (1 - level / narrowing) * radius * narrowing - 6
    above_floor = head.z - _cranial_floor(head.x, head.y)
    vault = (depth > 0) & (above_floor > -3.5)
    head.hu[vault] = anatomy.CORTEX
    head.hu[vault & (np.abs(depth - 3.2) < 1.4)] = anatomy.SPONGY
    inside = (depth > 6.2) & (above_floor > 0)
    head.hu[inside] = anatomy.FLUID
    _add_brain(head, inside, np.minimum(depth - 6.2, above_floor + 4))


def _cranial_floor(x: Grid, y: Grid) -> Grid:
    """The height of the skull base in mm: three fossae like steps, the front one highest."""
    lateral = np.abs(x)
    front = 92 + 9 * np.exp(-(((lateral - 32) / 15) ** 2))
    middle = 74 + 10 * ((lateral - 44) / 22) ** 2 + 7 * ((y + 6) / 22) ** 2
    back = 60 + 12 * ((x / 46) ** 2 + ((y - 38) / 40) ** 2)
    wing = -14 - 26 * np.exp(-(((lateral - 40) / 20) ** 2))
    ridge = 0.6 * lateral - 10
    behind_wing = np.where(y < ridge, np.minimum(middle, 91), back)
    return np.where(y < wing, front, behind_wing).astype(np.float32)


def _add_brain(head: Volume, inside: Mask, depth: Grid) -> None:
    """Fill the brain: grey matter over white, furrows filled with fluid, the fissure between the halves."""
    x, y, z = head.x, head.y, head.z
    cerebellum = (z < 88) & (y > 14)
    bent_x, bent_y = 1.8 * np.sin(y * 0.09 + z * 0.15), 1.9 * np.sin(x * 0.11 - z * 0.13)
    folds = np.sin(x * 0.24 + bent_x) * np.sin(y * 0.22 + bent_y)
    folia = np.sin(np.hypot(x, y - 20) * 0.7 + z * 0.3)
    furrows = np.abs(np.where(cerebellum, folia, folds))
    shallow = np.clip(1 - depth / np.where(cerebellum, 40, 27), 0, 1)
    tissue = inside & (depth > 2)
    head.hu[tissue] = anatomy.WHITE
    head.hu[tissue & ((depth < 5.5) | (furrows < 1.1 * shallow))] = anatomy.GREY
    head.hu[inside & (furrows < 0.38 * shallow)] = anatomy.FLUID
    over_corpus = (z > 116) | ((z > 94) & (depth < 34) & ((y < -28) | (y > 30)))
    fissure = inside & (np.abs(x) < 1.7) & over_corpus
    head.hu[fissure] = anatomy.FLUID
    head.hu[fissure & (np.abs(x) < 0.8)] = 65  # the falx


def _add_mastoid_cells(volume: Volume) -> None:
    """Riddle the mastoid bones with air."""
    cells = np.sin(volume.x * 1.15) * np.sin(volume.y * 1.05 + 1) * np.cos(volume.z * 0.9) > 0.22
    near = (np.abs(np.abs(volume.x) - 57) < 9) & (np.abs(volume.y - 26) < 12) & (np.abs(volume.z - 73) < 12)
    volume.hu[cells & near & (volume.hu > 600)] = -850


def _add_table(volume: Volume) -> None:
    """Put a curved table top of carbon fibre over foam below the patient."""
    top = 104 - (volume.x / 100) ** 2 * 14
    under = volume.y - top
    free = volume.hu < -900
    volume.hu[free & (under > 0) & (volume.y < 125)] = -940
    volume.hu[free & (((under > 0) & (under < 2.2)) | (np.abs(volume.y - 124) < 1.2))] = -250


def _scanned(hu: Grid, rng: np.random.Generator) -> NDArray[np.int16]:
    """Blur as a scanner does and add its noise, about 5 HU in soft tissue and grainy over some pixels."""
    strength = np.where(hu < -900, np.float32(5), np.float32(12))
    noise = _blurred(rng.standard_normal(hu.shape, dtype=np.float32)) * strength
    stored: NDArray[np.int16] = np.rint(_blurred(hu) + noise).clip(-1024, 3071).astype(np.int16)
    return stored


def _blurred(values: Grid) -> Grid:
    """Average neighbours along rows and columns with the weights 1, 2, 1."""
    for axis in (1, 2):
        before, after = np.roll(values, 1, axis), np.roll(values, -1, axis)
        values = (before + values * np.float32(2) + after) * np.float32(0.25)
    return values
