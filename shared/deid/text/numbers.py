"""Numbers that identify: of ids, telephones, insurances, devices; UIDs; ages over 89 (45 CFR 164.514)."""

import re
from collections.abc import Iterable, Iterator

from shared.deid.text.spelling import words_in
from shared.deid.text.view import Chunk, Lazy, Span, View

_LONGEST_PLAIN = 4
_SHORTEST_CALLED = 3
_SHORTEST_PHONE = 7
_SHORTEST_GROUPED = 8
_DIGIT = re.compile("[0-9]")
# Round numbers in a row are settings of a machine: b 0 500 1000.
_ROUND = re.compile("[0-9]*0(?:[ -][0-9]+0)+")
_FIVE_DIGITS = re.compile("[0-9]{5}")
# In front of the point two digits at most: 030.1234567 is a telephone number.
_DECIMALS = re.compile(r"(?:.*[^a-z0-9.,-])?(?:0|[1-9][0-9]?)[.][0-9]+", re.DOTALL)

_ID_WORDS = words_in(
    "mrn mr id pid pat patient patid patienten acc accession fall fallnr fallnummer aufnahme aufnahmenr"
    " auftrag auftragsnr auftragsnummer case visit episode encounter order req request requisition study"
    " exam hosp hospital chart file record dossier nhc nhs ssn ahv svnr sv ipp nip nir dni nif pesel bsn"
    " cpr insurance policy iban passport licence license personnummer versicherten ref reference"
    " specimen lab sample room bed ward zimmer examen étude paciente paziente patientnr patnr accnr befund"
    " einsendung"
)
_ID = Lazy(
    r"""
    (?<![a-z0-9])
    (?: (?: mrn | patid | patnr | patientnr | accession | accnr | nhs | ssn | ahv | svnr | pesel | bsn | iban
          | nhc | fall(?:nr|nummer) | aufnahmenr | auftrags(?:nr|nummer) | personnummer )
        (?: [ ._-]{0,2} (?:id|nr|no|nummer|number|num|[#]) (?![a-z]) )?
        [ .:=#-]{0,4} (?=[a-z0-9./_-]{0,30}[0-9])
      | (?: mr | pat(?:ient(?:en|e)?)? | paziente | acc(?:ession)? | fall | aufnahme | auftrags? | case
          | visit | episode | encounter | order | req(?:uest|uisition)? | study | exam(?:en)? | etude
          | hosp(?:ital)? | chart | file | record | dossier | insurance | policy | passport | licen[cs]e
          | versicherten | sv | ref(?:erence)? | specimen | lab | sample | room | bed | ward | zimmer )
        (?: \.?[ _-]? (?:id|nr|no|num(?:ber|mer|ero)?|n[°o]) (?![a-z])
            [ .:=#-]{0,4} (?=[a-z0-9./_-]{0,30}[0-9])
          | \.?[ ]?[#][ ]?:?[ ]? )
      | (?: fall | befund | auftrag | aufnahme | einsendung | case | study | exam(?:en)? | specimen | sample )
        [ ] (?=[0-9]{2,7}/[0-9]{2,4}(?![0-9/]))
      | (?: id | pid | ipp | nip | nir | dni | nif | cpr ) [ ]?[:#=][ ]? (?=[a-z0-9./_-]{0,30}[0-9]) )
    [a-z0-9] (?: [a-z0-9] | [./_-](?=[a-z0-9]) ){0,40}
    """
)
_EAST_ASIAN_ID = Lazy(
    r"""
    (?: id | 番号 | 编号 | 編號 | 号码 | 號碼 | 病历号 | 病歷號 | 住院号 | 门诊号 | 检查号 | 번호 )
    [ ]?[:#=]?[ ]? (?P<cut> [a-z]{0,4} [0-9] [a-z0-9-]{0,30} )
    """
)
_DEVICE_WORDS = words_in(
    "s sn ser serial seriennummer seriennr serien serienummer gerätenummer gerätenr geräte device"
    " system asset inventar detector serie"
)
_DEVICE = Lazy(
    r"""
    (?<![a-z0-9])
    (?: s/n | sn(?=[ ]?[:#=]) | serial (?: [ ._-]{0,2} (?:number|num|no|nr|[#]) )? | ser[ .]{1,2}(?:no|nr|[#])
      | (?:serien|gerate|inventar)[ -]?(?:nr|nummer) | serienummer
      | (?:device|system|asset|detector) [ ]? (?:id|no|nr|sn|tag) | n[°ou][a-z]{0,4} [ ] de [ ] serie )
    (?![a-z]) [ .:=#-]{0,4} (?=[a-z0-9/-]{0,30}[0-9]) [a-z0-9] [a-z0-9/-]{1,40}
    """
)
_PHONE_WORDS = words_in(
    "tel telephone telefon telefono telefone telefoon tlf tfno phone fax telefax mobile mobil handy"
    " cell call ph dect pager beeper bleep ext durchwahl dw gsm natel piper puhelin тел"
)
_CALLED = Lazy(
    r"""
    (?<![^\W\d_])
    (?: tel(?:ephone|efone|efono|efoon|efax|efon)? | tlf | tfno | phone | fax | mobile? | handy | cell | call
      | ph | dect | pager | beeper | bleep | ext | durchwahl | dw | gsm | natel | piper | puhelin | тел )
    (?![^\W\d_])
    [ .:=#-]{0,4} (?: (?:nr|no|number|at|on) [ .:]{1,2} )?
    (?P<cut> [+(]?[0-9] (?: [0-9] | [ ()/.-]{1,3}(?=[0-9(]) ){2,24} )
    """
)
_PHONE = Lazy(
    r"""
      \+[ ]?[1-9] (?: [0-9] | [ ()/.-]{1,3}(?=[0-9(]) ){6,20}
    | (?<![a-z0-9.]) \(?[0-9]{3}\)? [ ./-]{0,2} [0-9]{3} [ .-] [0-9]{4} (?![0-9])
    | (?<![a-z0-9.,]) \(?0[0-9]{1,4}\)? (?: [ ]?[ /.()-][ ]? [0-9]{2,8} ){1,5} (?:-[0-9]{1,4})? (?![0-9])
    | (?<![a-z0-9.,])(?<![0-9]-) [0-9]{3} - [0-9]{4} (?![0-9])
    """
)
_GROUPED = Lazy(r"(?<![a-z0-9.,]) [0-9]{1,4} ([ -]) [0-9]{2,4} (?: \1 [0-9]{2,4} ){0,8} (?![0-9]|[.,][0-9])")
_SOCIAL = Lazy(
    r"""
      (?<![0-9]) [0-9]{3} ([ -]) [0-9]{2} \1 [0-9]{4} (?![0-9]) (?:/[0-9]{1,4})?
    | (?<![0-9]) 756 \. [0-9]{4} \. [0-9]{4} \. [0-9]{2} (?![0-9])
    | (?<![0-9]) [0-9]{6} [-+ ] [0-9]{3,4} (?![0-9])
    | (?<![a-z0-9]) [a-z]{2} [ ]? [0-9]{2} [ ]? [0-9]{2} [ ]? [0-9]{2} [ ]? [a-d] (?![a-z0-9])
    | (?<![0-9]) (?:19|20)[0-9]{2} [/-] [0-9]{1,4} (?![0-9])
    """
)
_DOTTED = Lazy(r"(?<![0-9.]) (?: [0-9]{1,39} (?: \.[0-9]{1,39} ){3,} | 2\.25\.[0-9]{6,39} )")
_OVER_89 = "0?(?:9[0-9]|1[0-2][0-9])"
_AGE = Lazy(
    rf"""
      (?<![a-z0-9])(?<![0-9][.,]) {_OVER_89}
      (?: [ -]{{0,2}} (?: years? | yrs? | y/?o | y\.o\. | y | jahre? | jahrige[rs]? | jr | j | ans | anos
            | anni | jaar | jarige? | ar | lat | let | год[\u0430-\u044f]* | лет | ετων ) (?![^\W\d_]) \.?
          (?: [ -]{{0,2}} (?:old|alt|gammal|of[ ]age) (?![a-z]) )?
        | [ ]? [歳歲岁才세살] )
    | (?<![a-z]) (?:aged?|alter|edad|eta|leeftijd|alder|wiek|idade) [ :=]{{1,3}} {_OVER_89}
      (?![0-9]|[.,][0-9])
    """
)


def ids(view: View) -> Iterator[Span]:
    """Yield labelled ids with their labels."""
    is_due = view.digits or "#" in view.folded or ":" in view.folded or "=" in view.folded
    if is_due and not view.words.isdisjoint(_ID_WORDS):
        yield from _ID.spans(view.folded)
    if not view.folded.isascii():
        yield from _EAST_ASIAN_ID.spans(view.folded)


def devices(view: View) -> Iterable[Span]:
    """Where labelled serial numbers stand, with their labels."""
    is_due = view.digits and not view.words.isdisjoint(_DEVICE_WORDS)
    return _DEVICE.spans(view.folded) if is_due else ()


def phones(view: View) -> Iterator[Span]:
    """Yield telephone and fax numbers."""
    if view.digits >= _SHORTEST_CALLED and not view.words.isdisjoint(_PHONE_WORDS):
        yield from _CALLED.spans(view.folded)
    if view.digits >= _SHORTEST_PHONE:
        yield from _with_digits(_SHORTEST_PHONE, view, _PHONE)


def ages(view: View) -> Iterable[Span]:
    """Where ages over 89 stand."""
    return _AGE.spans(view.folded) if view.digits > 1 else ()


def uids(view: View) -> Iterable[Span]:
    """Where four or more numbers with points between them stand: UIDs, and addresses in networks."""
    return _DOTTED.spans(view.folded) if view.digits > 3 and view.folded.count(".") > 1 else ()


def numbers(view: View) -> Iterator[Span]:
    """Yield numbers of five digits and more with what is written to them, and eight digits in groups."""
    if view.digits > _LONGEST_PLAIN:
        yield from _long(view)
        yield from _SOCIAL.spans(view.folded)
        groups = _with_digits(_SHORTEST_GROUPED, view, _GROUPED)
        yield from (span for span in groups if not _ROUND.fullmatch(view.folded, *span))


def _with_digits(at_least: int, view: View, pattern: Lazy) -> Iterator[Span]:
    """Yield where a pattern stands with so many digits."""
    for start, end in pattern.spans(view.folded):
        if view.reading.classes.count("0", start, end) >= at_least:
            yield start, end


def _long(view: View) -> Iterator[Span]:
    """Yield words with five digits in a row, and the numbers that a hyphen, stroke or point links to them."""
    chunks, place = view.chunks, 0
    while place < len(chunks):
        last = place
        while last + 1 < len(chunks) and _is_linked(view, last):
            last += 1
        if any(_is_long(view, each) for each in range(place, last + 1)):
            yield chunks[place].start, chunks[last].end
        place = last + 1


def _is_linked(view: View, place: int) -> bool:
    """Tell whether a number is linked to the next one."""
    here, there = view.chunks[place : place + 2]
    is_close = there.start - here.end == 1 and view.folded[here.end] in "-./"
    return is_close and _has_digit(here) and _has_digit(there)


def _has_digit(chunk: Chunk) -> bool:
    return not chunk.is_run and _DIGIT.search(chunk.folded) is not None


def _is_long(view: View, place: int) -> bool:
    chunk = view.chunks[place]
    return not chunk.is_run and _FIVE_DIGITS.search(chunk.folded) is not None and not _is_decimal(view, place)


def _is_decimal(view: View, place: int) -> bool:
    """Tell whether a number is the decimals of another, such as a spacing: 0.9765625."""
    return (
        _DECIMALS.fullmatch(view.folded, max(view.chunks[place].start - 4, 0), view.chunks[place].end)
        is not None
    )
