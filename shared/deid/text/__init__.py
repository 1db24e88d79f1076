"""Clean Descriptors (PS3.15 section E.3.5): free text survives where it carries no identity."""

from shared.deid.text.cleaner import TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.settings import PATTERN_CLASSES, PatternClass, TextSettings
from shared.deid.text.vocabulary import Vocabulary, shipped_vocabulary

__all__ = [
    "PATTERN_CLASSES",
    "KnownIdentifiers",
    "PatternClass",
    "TextCleaner",
    "TextSettings",
    "Vocabulary",
    "shipped_vocabulary",
]
