"""Terms that are also names of people, or ids of careless ones: where they are terms they identify nobody."""

import re

#: PS3.16 Annex L
_BODY_PARTS = frozenset(
    {b"abdomen", b"ankle", b"back", b"bone", b"brain", b"breast", b"cheek", b"chest", b"chin", b"elbow"}
    | {b"face", b"finger", b"foot", b"hand", b"head", b"headneck", b"heart", b"heel", b"hips", b"kidney"}
    | {b"knee", b"liver", b"lung", b"mouth", b"neck", b"nose", b"pelvis", b"shoulder", b"skull", b"spine"}
    | {b"thigh", b"thumb", b"tongue", b"trunk", b"vein", b"wrist"}
)
#: PS3.3 Table C.17.3-7: one of them may be taken for a name, since people leave forms as they are
_VALUE_TYPES = frozenset(
    {b"code", b"composite", b"container", b"date", b"datetime", b"image", b"num", b"pname", b"scoord"}
    | {b"scoord3d", b"table", b"tcoord", b"text", b"time", b"uidref", b"waveform"}
)
#: PS3.3 section C.7.6.1.1.2 and those of the modalities, section C.8
_IMAGE_TYPES = frozenset(
    {b"average", b"axial", b"derived", b"dynamic", b"fusion", b"gated", b"localizer", b"maximum", b"mean"}
    | {b"minimum", b"mixed", b"mosaic", b"original", b"other", b"perfusion", b"phase", b"planar", b"primary"}
    | {b"projection", b"recon", b"reformatted", b"resampled", b"rest", b"scout", b"secondary", b"static"}
    | {b"stress", b"subtraction", b"tomo", b"volume", b"water", b"whole", b"body"}
)
#: how makers call kernels and filters; some are called after mathematicians
_KERNELS = frozenset(
    {b"adult", b"bowtie", b"butterworth", b"cardiac", b"detail", b"edge", b"filter", b"flat", b"gauss"}
    | {b"hamming", b"hann", b"hanning", b"high", b"infant", b"large", b"logan", b"medium", b"narrow"}
    | {b"parzen", b"ramp", b"sharp", b"shepp", b"small", b"smooth", b"soft", b"standard", b"ultra", b"wedge"}
    | {b"wide", b"body", b"boneplus"}
    | _BODY_PARTS
)
#: such as B30f and Br40d
_KERNEL = re.compile(rb"[a-z]{1,2}[0-9]{2}[a-z]?")
_CONVOLUTION_KERNEL = 0x00181210
_TERMS = {
    0x00080008: _IMAGE_TYPES,
    0x00180015: _BODY_PARTS,  # Body Part Examined
    0x00181160: _KERNELS,  # Filter Type
    _CONVOLUTION_KERNEL: _KERNELS,
    0x00281055: _BODY_PARTS,  # Window Center & Width Explanation
    0x0040A040: _VALUE_TYPES,
}


def has_defined_terms(tag: int) -> bool:
    """Tell whether an attribute has terms that may be taken for names."""
    return tag in _TERMS


def is_defined_term(tag: int, word: bytes) -> bool:
    """Tell whether a word in lower case is a term of an attribute."""
    return word in _TERMS[tag] or (tag == _CONVOLUTION_KERNEL and _KERNEL.fullmatch(word) is not None)
