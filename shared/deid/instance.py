"""De-identify instances: a new header, clean pixels, and the release gate."""

from collections.abc import Iterator

from shared.deid.gate.own import Own
from shared.deid.header.compile import Compiler
from shared.deid.header.fates import KnownFates
from shared.deid.header.layout import Layout, Layouts
from shared.deid.header.memos import Group
from shared.deid.header.sections import Block, Context
from shared.deid.look import FACTS, IDENTITY_KEYWORDS, IDENTITY_TAGS, SOP_CLASS_UID, Look, look
from shared.deid.markers import Earlier, codes_without_pixels, markers
from shared.deid.passage import Gate, Passage
from shared.deid.people import People
from shared.deid.pixels.cleaned import Cleaned
from shared.deid.pixels.cleaner import Imaging, PixelCleaner
from shared.deid.pseudonyms import DerivesKeys, Pseudonyms
from shared.deid.rules.iod import knows
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import METHOD_CODE_SEQUENCE, Rules, Scope
from shared.deid.subject import Subject
from shared.deid.text.descriptors import Descriptors
from shared.dicom.charset import decode
from shared.dicom.dataset import DataSet
from shared.dicom.read import DataSetStart, find_data_set
from shared.dicom.scan import Limits
from shared.dicom.source import ByteSource
from shared.errors import AirlockError, SopClassUnsupported

_MOST_SUBJECTS = 64
_MOST_PEOPLE = 256
_UNLIMITED = 1 << 62
#: what a header may ask of us; the file's size is validation's concern
LIMITS = Limits(file_bytes=_UNLIMITED, frame_bytes=_UNLIMITED)


class Deidentified:
    """A de-identified instance, ready to be written.

    Attributes:
        sop_instance_uid: the new one.
        identity: the original identity by keyword, for the crosswalk.
        shift_days: the patient's date shift, for the crosswalk.
    """

    def __init__(self, passage: Passage, subject: Subject) -> None:
        """Take the instance on its way out."""
        self.sop_instance_uid = passage.sop_instance_uid
        self.identity = subject.identity
        self.shift_days = subject.shift_days
        self._passage = passage

    def content(self) -> Iterator[bytes]:
        """Yield the file in chunks; whole only when the iteration ends without an error.

        Raises:
            Residue: an identifier of the original stands in the output.
            PixelsUncleanable: text may stand in a compressed frame that cannot be searched.
        """
        return self._passage.content()


class Deidentifier:
    """De-identifies instances under one profile and key; it remembers nothing but the UIDs that it mapped."""

    def __init__(self, profile: Profile, keys: DerivesKeys, imaging: Imaging) -> None:
        """Compile the profile and derive the keys.

        Raises:
            ConfigurationError: the profile names rules for pixels that there are not.
        """
        self._profile = profile
        self._rules = Rules(profile)
        self.pseudonyms = Pseudonyms(keys, profile.uid_root)
        self.layouts = Layouts()
        self._fates = KnownFates()
        self._cleaner = PixelCleaner(profile, imaging)
        self._subjects: dict[object, Subject] = {}
        self._people: dict[tuple[int, ...], People] = {}

    @property
    def uids(self) -> dict[str, str]:
        """Every UID mapped so far: original to new."""
        return self.pseudonyms.uids

    def take_ids(self) -> dict[str, str]:
        """Every UID and Patient ID replaced since the last call, original to new; they are forgotten here."""
        return self.pseudonyms.take_ids()

    def job_id(self, business_key: str) -> str:
        """The opaque id under which a series leaves the clinical side."""
        return self.pseudonyms.job_id(business_key)

    def deidentify(self, source: ByteSource) -> Deidentified:
        """De-identify one instance and hold it at the gate.

        Raises:
            ValidationError: the source is no readable instance.
            SopClassUnsupported: no rule covers its SOP Class.
            PixelsIdentifying, PixelsUncleanable: its pixels show identifying text, or may do so.
            ElementHeld: the profile holds instances with one of its elements.
            Residue: an identifier of the original stands in the output.
        """
        start = find_data_set(source, LIMITS, force=True)
        seen = look(start, LIMITS, self)
        people = self._people_of(seen.people)
        scope = seen.context.scope
        is_told = self._profile.cleans_text or (scope is not None and scope.has_content)
        subject = self._subject(seen, people if is_told else None)
        gate = Gate(people, seen)
        cleaned = self._cleaned(start, seen, gate)
        try:
            passage = Passage(start, seen, subject, gate, self, cleaned=cleaned)
            self._retell(passage, seen)
            return Deidentified(passage, subject)
        except AirlockError:
            if cleaned:
                cleaned.close()
            raise

    def _retell(self, passage: Passage, seen: Look) -> None:
        """Of an image without pixels say that none were cleaned; only now is it known to have none."""
        scope = seen.context.scope
        if seen.pixel_data or scope is None or not scope.has_pixels or not self._cleaner.cleans:
            return
        for place, section in enumerate(seen.before):
            if isinstance(section, Block) and section.layout.has_method_codes:
                passage.amend(place, [codes_without_pixels(self._profile, section.layout.data_set)])

    def _cleaned(self, start: DataSetStart, seen: Look, gate: Gate) -> Cleaned | None:
        if seen.pixel_data is None:
            return None
        blocks = [each for each in seen.before if isinstance(each, Block)]
        judgement = self._cleaner.judgement(blocks)
        behind = judgement.behind(start.source, seen.pixel_data)
        gate.require_none(gate.places_beside_pixels(behind))
        return self._cleaner.clean(judgement.decision, start, blocks, seen.pixel_data)

    def _people_of(self, harvested: list[Group]) -> People:
        """The same object for the same values: they hardly differ in a study."""
        known = self._people.get(ids := tuple(map(id, harvested)))
        if known is None:
            if len(self._people) >= _MOST_PEOPLE:
                self._people.clear()
            known = self._people[ids] = People(harvested)
        return known

    def _subject(self, seen: Look, people: People | None) -> Subject:
        """The patient and study of an instance, by the raw values of their identity.

        Where texts or content are cleaned, the people decide, too.
        """
        key = (seen.facts[: len(IDENTITY_TAGS)], seen.unidentified, seen.character_sets, people)
        known = self._subjects.pop(key, None) or self._new_subject(seen, people)
        if len(self._subjects) >= _MOST_SUBJECTS:
            self._subjects.pop(next(iter(self._subjects)))
        self._subjects[key] = known
        return known

    def _new_subject(self, seen: Look, people: People | None) -> Subject:
        known = people or People(())
        raw = seen.facts[: len(IDENTITY_TAGS)]
        texts = (decode(each.rstrip(b"\0 "), seen.character_sets).split("\\") for each in raw)
        values = ("\\".join(part.strip(" \0") for part in parts) for parts in texts)
        identity = {keyword: text for keyword, text in zip(IDENTITY_KEYWORDS, values, strict=True) if text}
        return Subject(
            self.pseudonyms,
            identity,
            study_instance_uid=seen.unidentified.strip(b"\0 ").decode("ascii", "replace"),
            one_study_date=self._profile.dates == "study_date",
            descriptors=Descriptors(self._profile.text, lambda: known.known(identity)),
            own=Own(identity, known.tokens),
        )

    def compile_block(self, data_set: DataSet, context: Context, follower: int | None) -> Layout:
        """Make the layout of a block of the top level.

        Raises:
            SopClassUnsupported: no rule covers its SOP Class.
        """
        scope = context.scope or self._scope(data_set)
        last = 1 << 32 if follower is None else follower
        earlier, has_pixels = Earlier.of(data_set), scope.has_pixels
        told = markers(self._profile, data_set.encoding, has_pixels=has_pixels, earlier=earlier)
        # Of a long sequence that is a marker of the original's, the place is here: it goes.
        added = [each for each in told if context.after < each[0] <= last]
        layout = Compiler(self._fates, FACTS).compile(data_set, scope, added)
        layout.has_method_codes = METHOD_CODE_SEQUENCE in dict(added)
        return layout

    def compile_item(self, data_set: DataSet, context: Context, _follower: int | None) -> Layout:
        """Make the layout of an item of a long sequence, or of what stands behind Pixel Data.

        Raises:
            SopClassUnsupported: no rule covers its SOP Class.
        """
        if context.scope is None:
            raise SopClassUnsupported
        return Compiler(self._fates).compile(data_set, context.scope)

    def _scope(self, data_set: DataSet) -> Scope:
        sop_class_uid = data_set.text(SOP_CLASS_UID)
        if not knows(sop_class_uid):
            raise SopClassUnsupported
        return self._rules.scope(sop_class_uid)
