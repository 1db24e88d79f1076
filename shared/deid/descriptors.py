"""The cleaner of texts, for one patient and study (PS3.15 section E.3.5)."""

from functools import cache, cached_property

from shared.deid.text import KnownIdentifiers, TextCleaner, TextSettings, shipped_vocabulary
from shared.deid.text.roi_names import clean_roi_name

#: the names of regions of interest, which have a standard of their own
ROI_NAMES = frozenset({0x30060026, 0x30060085})


class Descriptors:
    """Cleans what describes an examination; the vocabulary is read with the first text."""

    def __init__(self, settings: TextSettings, known: KnownIdentifiers) -> None:
        """Take what the profile says of texts, and what identifies here."""
        self._settings = settings
        self._known = known

    def text(self, original: str) -> str:
        """The text without what identifies; empty if nothing is left."""
        return self._cleaner.clean(original, self._known)

    def roi_name(self, original: str) -> str:
        """The name of a region of interest without what identifies; empty if nothing is left."""
        return clean_roi_name(original, self._known, self._cleaner)

    @cached_property
    def _cleaner(self) -> TextCleaner:
        return _cleaner(self._settings)


@cache
def _cleaner(settings: TextSettings) -> TextCleaner:
    return TextCleaner(shipped_vocabulary(), settings)
