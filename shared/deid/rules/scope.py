"""Which rule handles an element: structure, override, private, unknown, identity, Table E.1-1, or its VR.

Every element falls under exactly one rule, and what no rule knows is removed or holds the instance.
"""

from functools import cached_property

from shared.deid.readings.words import FREE_TEXT_VRS
from shared.deid.rules.actions import Action, Mode, Rule
from shared.deid.rules.bounded import Bounded
from shared.deid.rules.concept_codes import CONTENT_SEQUENCE, MEASURED_VALUE_SEQUENCE, NUMBERS
from shared.deid.rules.iod import Types, types_of
from shared.deid.rules.left_out import left_out_row
from shared.deid.rules.options import OPTIONS
from shared.deid.rules.overrides import Target
from shared.deid.rules.profile import Profile
from shared.deid.rules.resolve import (
    DATE_VRS,
    STRING_VRS,
    cleaned,
    dated,
    dummy_content,
    effective_vr,
    is_disguise,
    kept,
    mode_inside,
    name_of_date,
    overridden,
    resolved,
)
from shared.deid.rules.safe_private import has_safe, safe_rule
from shared.deid.rules.table import Row, row_of
from shared.deid.rules.terms import is_term
from shared.dicom.dictionary import PIXEL_DATA_TAGS, entry_of, keyword_of, vr_of

PATIENT_NAME = 0x00100010
PATIENT_ID = 0x00100020
#: the rule by which UIDs of coding schemes stay
CODING_SCHEME = "coding_scheme"
_ENCAPSULATED_DOCUMENT = 0x00420011
# The attributes that Airlock itself writes (PS3.15 section E.1.1).
METHOD_CODE_SEQUENCE = 0x00120064
TEMPORAL_INFORMATION_MODIFIED = 0x00280303
MARKERS = frozenset({0x00120062, 0x00120063, METHOD_CODE_SEQUENCE, TEMPORAL_INFORMATION_MODIFIED})

# Below stand commands, File Meta Information and directory records, never a data set's (PS3.5 section 7.1).
_FIRST_GROUP = 0x0008
# Ten times as many rules and twice as many levels as files of all kinds have; a file chooses its tags.
_MOST_KNOWN, _MOST_SCOPES = 1 << 13, 1 << 10
# Padding has no meaning and may hide anything (PS3.10 section 7.2).
_DATA_SET_TRAILING_PADDING = 0xFFFCFFFC
_FREE_TEXT_VRS = FREE_TEXT_VRS - {"PN"}
_MASKABLE = frozenset({Action.REMOVE, Action.EMPTY, Action.DUMMY})
# What does not keep, shift or look into a value needs no trust in its VR.
_BLIND = frozenset({Action.REMOVE, Action.EMPTY, Action.DUMMY, Action.MASK, Action.PSEUDONYM, Action.REPLACE})
# They stay whoever made them; classes and transfer syntaxes are those of PS3.6, which no mapping changes.
_SCHEME_KEYWORD_ENDS = ("CodingSchemeUID", "ContextUID", "MappingResourceUID")


class Rules:
    """A profile, compiled; what is `inner` may be forgotten while it is in use."""

    def __init__(self, profile: Profile) -> None:
        """Take the profile's options, masks and overrides."""
        self.profile = profile
        self.masked = profile.masked_tags
        self.columns = tuple((option, OPTIONS[option].column) for option in profile.options)
        self.unknown = Action(profile.unknown_elements)
        self.overrides = {each.target_in(profile.name): (each.act, each.value) for each in profile.overrides}
        self._scopes: dict[str, Scope] = {}
        self.inner: Bounded[tuple[Scope, int, Mode], Scope] = Bounded(_MOST_SCOPES)

    def scope(self, sop_class_uid: str) -> "Scope":
        """The top level of an object of this SOP Class."""
        known = self._scopes.get(sop_class_uid)
        if known is None:
            known = self._scopes[sop_class_uid] = Scope(self, types_of(sop_class_uid))
        return known


class Scope:
    """One level of a data set: the sequences around it, and how its text is treated."""

    def __init__(
        self,
        rules: Rules,
        types: Types,
        path: tuple[int, ...] = (),
        mode: Mode = Mode.NORMAL,
        oldest: str = "",
    ) -> None:
        """Stand inside the sequences of `path`; `oldest` is the highest number that an age may be."""
        self.rules = rules
        self.path = path
        self.mode = mode
        self._oldest = oldest
        self._types = types
        self._known: Bounded[tuple[int, str, str, bool], Rule] = Bounded(_MOST_KNOWN)
        self._of_age: dict[str, Scope] = {}

    def inside(self, tag: int, mode: Mode) -> "Scope":
        """The items of the sequence `tag`; a mode once taken holds for all that is inside."""
        mode = mode_inside(self.mode, tag, mode)
        known = self.rules.inner.get((self, tag, mode))
        if known is None:
            # Other items in the item of an age are ages of nobody.
            oldest = self._oldest if tag == MEASURED_VALUE_SEQUENCE else ""
            known = Scope(self.rules, self._types, (*self.path, tag), mode, oldest)
            self.rules.inner[self, tag, mode] = known
        return known

    @cached_property
    def somebodys(self) -> "Scope":
        """The same level where it is somebody's identity."""
        return Scope(self.rules, self._types, self.path, Mode.SOMEBODYS)

    @cached_property
    def has_content(self) -> bool:
        """Whether the IOD has a content tree."""
        return self._types.type_of((), CONTENT_SEQUENCE) is not None

    @cached_property
    def _is_content(self) -> bool:
        """Whether it is content that an option would have cleaned: without it nothing of it is told."""
        return any("clean_structured_content" in row.options for row in map(row_of, self.path) if row)

    @property
    def keeps_characteristics(self) -> bool:
        """Whether sex, size and weight stay, and ages up to 89 years."""
        return "patient_characteristics" in self.rules.profile.options

    def of_age(self, oldest: str) -> "Scope":
        """The same level where a number is somebody's age, which ends at `oldest`."""
        known = self._of_age.get(oldest)
        if known is None:
            known = self._of_age[oldest] = Scope(self.rules, self._types, self.path, self.mode, oldest)
        return known

    @cached_property
    def has_pixels(self) -> bool:
        """Whether the IOD has Pixel Data, of any kind."""
        return any(self._types.type_of((), tag) for tag in PIXEL_DATA_TAGS)

    def rule(self, tag: int, vr: str, creator: str = "", *, in_standard_code: bool = False) -> Rule:
        """The rule for an element as it is encoded.

        Args:
            tag: its tag.
            vr: its VR in the file, or in the dictionary where the file has none.
            creator: the private creator of its block; empty if it has none.
            in_standard_code: it belongs to a code whose coding scheme is one of the Standard's.
        """
        key = (tag, vr, creator, in_standard_code)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._decide(tag, vr, creator, in_standard_code=in_standard_code)
        return found

    def _decide(self, tag: int, vr: str, creator: str, *, in_standard_code: bool) -> Rule:
        rule = self._structural(tag) or self._overridden(tag, vr, creator) or self._inner_pixels(tag)
        if rule is not None:
            return rule
        if tag >> 16 & 1:
            return self._private(tag, vr, creator)
        entry = entry_of(tag)
        if entry is None:
            return Rule("unknown", self.rules.unknown)
        if vr == "UN":
            rule = self._of_public(tag, entry.vr, in_standard_code=in_standard_code)
            return rule if rule.action in _BLIND else Rule("unreadable", self.rules.unknown)
        if vr != entry.vr and is_disguise(vr, entry.vr):
            return Rule("disguised", Action.REMOVE)
        return self._of_public(tag, effective_vr(vr, entry.vr), in_standard_code=in_standard_code)

    def _structural(self, tag: int) -> Rule | None:
        if tag & 0xFFFF == 0:
            return Rule("group_length", Action.REMOVE)
        if tag >> 16 < _FIRST_GROUP:
            return Rule("foreign_group", Action.REMOVE)
        if tag == _DATA_SET_TRAILING_PADDING:
            return Rule("padding", Action.REMOVE)
        if tag in MARKERS:
            return Rule("marker", Action.REMOVE)
        if tag >> 24 in {0x50, 0x60} and not tag >> 16 & 1:
            return Rule("overlay", Action.REMOVE)
        return None

    def _inner_pixels(self, tag: int) -> Rule | None:
        """The rules for pixels judge the picture of the instance, and none in an item."""
        return Rule("inner_pixels", Action.REMOVE) if self.path and tag in PIXEL_DATA_TAGS else None

    def _overridden(self, tag: int, vr: str, creator: str) -> Rule | None:
        overrides = self.rules.overrides
        if not overrides:
            return None
        bare = tag & 0xFFFF00FF if creator else tag
        exactly, anywhere = Target((*self.path, bare), creator), Target((bare,), creator)
        found = overrides.get(exactly) or overrides.get(anywhere)
        return overridden(*found, effective_vr(vr, vr_of(tag))) if found else None

    def _private(self, tag: int, vr: str, creator: str) -> Rule:
        is_kept = "safe_private" in self.rules.profile.options
        rule = safe_rule(creator, tag, vr, self.rules.profile) if is_kept else None
        return rule or Rule("private", Action.REMOVE)

    def creator_rule(self, creator: str) -> Rule:
        """The rule for a private creator: it stays where attributes of its block may."""
        kept = any(target[1] == creator for target in self.rules.overrides)
        kept = kept or ("safe_private" in self.rules.profile.options and has_safe(creator))
        return Rule("safe_private", Action.KEEP) if kept else Rule("private", Action.REMOVE)

    def _of_public(self, tag: int, vr: str, *, in_standard_code: bool) -> Rule:
        rule = self._unmasked(tag, vr, in_standard_code=in_standard_code)
        is_masked = tag in self.rules.masked or (self.rules.profile.mask_person_names and vr == "PN")
        is_maskable = rule.action in _MASKABLE or tag in {PATIENT_ID, PATIENT_NAME}
        return Rule("mask", Action.MASK) if is_masked and is_maskable else rule

    def _unmasked(self, tag: int, vr: str, *, in_standard_code: bool) -> Rule:
        if tag in {PATIENT_ID, PATIENT_NAME}:
            return Rule("pseudonym", Action.PSEUDONYM)
        row = row_of(tag) or left_out_row(tag)
        type_ = self._types.type_of(self.path, tag)
        if self._oldest and tag in NUMBERS:
            # Fractions and floating point numbers repeat what Numeric Value says.
            is_text = vr == "DS"
            return Rule("age", Action.CAP_AGE if is_text else Action.REMOVE, self._oldest, required=is_text)
        rule = self._in_dummy(vr, row, type_, in_standard_code=in_standard_code)
        if rule is None and row is not None:
            return self._listed(tag, vr, row, type_)
        rule = rule or self._unlisted(tag, vr, type_, in_standard_code=in_standard_code)
        if tag in NUMBERS and rule.action is Action.KEEP:
            return rule._replace(action=Action.KEEP_UNLESS_OWN, required=True)
        return rule

    def _in_dummy(
        self, vr: str, row: Row | None, type_: str | None, *, in_standard_code: bool
    ) -> Rule | None:
        """In content that may say nothing: dates by their option, and whatever else is no UID."""
        if vr == "UI" or self.mode not in {Mode.DUMMY, Mode.SOMEBODYS}:
            return None
        if self.mode is Mode.SOMEBODYS:
            return dummy_content(vr, row, type_)
        if in_standard_code:
            return Rule("code", Action.KEEP)
        may_stay = vr in DATE_VRS and not self._is_content
        name = name_of_date(self.rules.profile.dates, row) if may_stay else ""
        return self._date(name, vr, type_) if name else dummy_content(vr, row, type_)

    def _listed(self, tag: int, vr: str, row: Row, type_: str | None) -> Rule:
        if tag == _ENCAPSULATED_DOCUMENT:
            hold = self.rules.profile.encapsulated_documents == "hold"
            return Rule("encapsulated_document", Action.HOLD if hold else Action.DUMMY)
        codes = [(option, row.options.get(column, "")) for option, column in self.rules.columns]
        dates = self.rules.profile.dates
        if vr in DATE_VRS and dates in {"shift", "study_date"} and ("modified_dates", "C") in codes:
            return self._date("modified_dates", vr)
        for option in (option for option, code in codes if code == "K"):
            return kept(option, vr, type_)
        # Of what is no date, modified dates leave nothing to clean.
        for option in (option for option, code in codes if code == "C" and option != "modified_dates"):
            if rule := cleaned(option, vr, type_):
                return rule
        if self.mode is Mode.CONTENT and (rule := cleaned("content", vr, type_)):
            return rule
        return resolved("table", row.basic, vr, type_)

    def _unlisted(self, tag: int, vr: str, type_: str | None, *, in_standard_code: bool) -> Rule:
        """Attributes that Table E.1-1 does not list."""
        if vr == "SQ":
            return Rule("unlisted", Action.RECURSE)
        if vr == "UI":
            return self._unlisted_uid(tag)
        if vr in DATE_VRS:
            return self._date("unlisted_date", vr, type_)
        if vr == "PN":
            return resolved("unlisted_name", "X", vr, type_)
        if in_standard_code:
            return Rule("unlisted", Action.KEEP)
        return self._unlisted_text(tag, vr, type_) or Rule("unlisted", Action.KEEP)

    def _unlisted_text(self, tag: int, vr: str, type_: str | None) -> Rule | None:
        """Text in content, and what people write elsewhere (PS3.15 section E.3.5)."""
        is_content = self.mode is Mode.CONTENT
        cleans = "clean_descriptors" in self.rules.profile.options and not is_term(tag)
        if not (is_content or cleans):
            return None
        if vr in _FREE_TEXT_VRS or (is_content and vr == "UR"):
            return cleaned("content" if is_content else "clean_descriptors", vr, type_)
        # Text in a VR that is none, which nobody can clean.
        is_disguised = vr not in STRING_VRS and vr_of(tag) in _FREE_TEXT_VRS
        return resolved("disguised", "X", vr, type_) if is_disguised else None

    def _unlisted_uid(self, tag: int) -> Rule:
        if keyword_of(tag).endswith(_SCHEME_KEYWORD_ENDS):
            return Rule(CODING_SCHEME, Action.KEEP)
        keep = "uids" in self.rules.profile.options
        return Rule("uids" if keep else "unlisted_uid", Action.KEEP if keep else Action.MAP_UID)

    def _date(self, name: str, vr: str, type_: str | None = None) -> Rule:
        return dated(name, self.rules.profile.dates, vr, type_)
