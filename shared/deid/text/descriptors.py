"""The cleaner of texts, for one patient and study (PS3.15 section E.3.5)."""

from collections.abc import Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING

from shared.deid.text.settings import TextSettings

if TYPE_CHECKING:
    from shared.deid.text.cleaner import TextCleaner
    from shared.deid.text.known import KnownIdentifiers

#: the names of regions of interest, which have a standard of their own
ROI_NAMES = frozenset({0x30060026, 0x30060085})


class Descriptors:
    """Cleans what describes an examination; all that it takes is loaded with the first text."""

    def __init__(self, settings: TextSettings, known: "Callable[[], KnownIdentifiers]") -> None:
        """Take what the profile says of texts, and what tells the identifiers that are known."""
        self._settings = settings
        self._tell_known = known

    def text(self, original: str) -> str:
        """The text without what identifies; empty if nothing is left."""
        return self._cleaner.clean(original, self._known)

    def roi_name(self, original: str) -> str:
        """The name of a region of interest without what identifies; empty if nothing is left."""
        from shared.deid.text.roi_names import clean_roi_name

        return clean_roi_name(original, self._known, self._cleaner)

    @cached_property
    def _known(self) -> "KnownIdentifiers":
        return self._tell_known()

    @cached_property
    def _cleaner(self) -> "TextCleaner":
        return _cleaner(self._settings)


@cache
def _cleaner(settings: TextSettings) -> "TextCleaner":
    # Only here: the vocabulary takes some 20 ms to load.
    from shared.deid.text.cleaner import TextCleaner
    from shared.deid.text.vocabulary import shipped_vocabulary

    return TextCleaner(shipped_vocabulary(), settings)
