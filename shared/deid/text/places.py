"""Where somebody lives, works or is to be found in a network: addresses, e-mail, URLs, hosts."""

from collections.abc import Iterable, Iterator

from shared.deid.text.spelling import words_in
from shared.deid.text.view import Lazy, Span, View

_STREET_WORDS = words_in(
    "street road avenue lane drive boulevard blvd highway parkway st rd ave ln hwy box rue av chemin"
    " quai impasse allee place via viale corso piazza vicolo calle avenida avda plaza paseo rua travessa"
    " praca ul ulica aleja ул улица οδος postfach postbus apartado casilla str"
)
_STREET_ENDINGS = tuple(
    words_in(
        "strasse str weg gasse platz allee straat laan plein gracht dijk gatan vagen vej gade veien gata"
    )
)
_KIND = r"""
    (?: rue | av | avenue | boulevard | bd | chemin | quai | impasse | allee | place | via | viale | corso
      | piazza | vicolo | calle | avenida | avda | plaza | paseo | rua | travessa | praca | ulica | ul | aleja
      | ул | улица | οδος ) \.? [ ]
"""
_ARTICLE = "(?: (?:de|du|des|della|dei|del|la|le|el|da|do|dos)[ ] | [dl]' ){0,3}"
_STREET = Lazy(
    rf"""
      (?<![0-9.,]) [0-9]{{1,5}}[a-z]? (?: [ ,]{{1,2}} [^\W\d_]{{2,20}} \.? ){{1,3}} [ ]
        (?: street | road | avenue | lane | drive | boulevard | highway | parkway | st | rd | ave | blvd | ln
          | hwy ) (?![^\W_]) \.?
    | (?<![^\W_]) [0-9]{{1,4}}[ ]?(?:bis|ter)?,?[ ] {_KIND} {_ARTICLE}
        [^\W\d_]{{2,24}} (?: -[^\W\d_]{{2,24}} ){{0,2}}
    | (?<![^\W_]) {_KIND} {_ARTICLE} [^\W\d_]{{2,24}} (?: [ -][^\W\d_]{{2,24}} ){{0,2}}
        [ ,]{{1,2}} (?: n[°o.]?[ ]? )? [0-9]{{1,4}}[a-z]? (?![^\W_])
    | (?<![^\W_]) [^\W\d_]{{1,30}}
        (?: [ -]?str | strasse | weg | gasse | platz | allee | straat | laan | plein | gracht | dijk | gatan
          | vagen | vej | gade | veien | gata ) (?![^\W\d_]) \.? [ ,]{{1,3}} [0-9]{{1,4}}[ ]?[a-z]? (?![^\W_])
    | (?<![^\W_]) (?: p\.?[ ]?o\.?[ ]?box | postfach | postbus | apartado | casilla ) [ ]{{0,2}} [0-9]{{1,6}}
    """
)
# The second part of a British postcode has no C, I, K, M, O or V; 1ST to 4TH are ribs and the like.
_POSTCODE = Lazy(
    r"""
    (?<![^\W_])
    (?: [a-z]{1,2}[0-9][a-z0-9]? [ ]? (?!1st|2nd|3rd|[0-9]th) [0-9][abd-hjlnp-uw-z]{2}
      | [a-z][0-9][a-z] [ ]? [0-9][a-z][0-9]
      | (?!ct|mr|nm|pt|us|xa|rf|dx|cr) [a-z]{2} [ ,]{1,2} [0-9]{5} (?:-[0-9]{4})? )
    (?![^\W_])
    """
)
# `5mm @ 120kV` is none. A run is read once, and once more behind each percent sign or quote, where an address
# may have ended: began it anywhere, a long one would take for ever.
_EMAIL = Lazy(
    r"(?: (?<![\w.+%'-]) [\w.+%'-]++ | (?<=[%']) [\w.+-]++ )"
    r"(?: @(?=[a-z]) [\w.-]++ | [ ]?@[ ]? (?:[\w-]++\.)++ [a-z]{2,24} (?!\w) )"
)
_URL = Lazy(
    r"""
      (?<![a-z]) (?: https? | s?ftps? | file | dicom(?:web)? | wss? | ldaps? | smb ) :// [^\s<>"']*+
    | (?<![a-z]) www\. [^\s<>"']*+
    | (?<![\w.-]) (?:[a-z0-9-]++\.){1,8}
        (?: com | org | net | edu | gov | mil | info | health | hospital | local | lan | intranet | internal )
        (?![\w-]) (?: [:/][^\s<>"']*+ )?
    | (?<![\w.-]) (?:[a-z0-9-]++\.){2,8} (?: uk | de | at | ch | fr | es | it | nl | be | se | dk | no | fi
        | pl | pt | br | gr | ru | eu | jp | cn | kr | au | ca ) (?![\w-]) (?: [:/][^\s<>"']*+ )?
    """
)
_NETWORK = Lazy(
    r"""
      (?<![a-z0-9:-]) (?: [0-9a-f]{2}[:-] ){5} [0-9a-f]{2} (?![a-z0-9])
    | (?<![a-z0-9.]) [0-9a-f]{4} \. [0-9a-f]{4} \. [0-9a-f]{4} (?![a-z0-9])
    | (?<![a-z0-9:]) (?=[0-9a-f:]*[0-9]) (?: [0-9a-f]{0,4}: ){3,} [0-9a-f]{0,4} (?![a-z0-9])
    """
)


def addresses(view: View) -> Iterator[Span]:
    """Yield streets with their numbers, post boxes and postcodes with letters."""
    if not view.digits:
        return
    if not view.words.isdisjoint(_STREET_WORDS) or any(word.endswith(_STREET_ENDINGS) for word in view.words):
        yield from (span for span in _STREET.spans(view.folded) if _is_capitalised(view, span))
    if view.digits > 1:
        spans = _POSTCODE.spans(view.folded)
        yield from (span for span in spans if view.reading.original(*span).isupper())


def emails(view: View) -> Iterable[Span]:
    """Where addresses of e-mail stand."""
    return _EMAIL.spans(view.folded) if "@" in view.folded else ()


def urls(view: View) -> Iterable[Span]:
    """Where URLs and names of hosts stand."""
    return _URL.spans(view.folded) if "." in view.folded or "://" in view.folded else ()


def networks(view: View) -> Iterable[Span]:
    """Where addresses of network cards and of IPv6 stand; those of IPv4 are as dotted as UIDs."""
    folded = view.folded
    is_due = folded.count(":") > 1 or folded.count("-") > 4 or (view.digits and folded.count(".") > 1)
    return _NETWORK.spans(view.folded) if is_due else ()


def _is_capitalised(view: View, span: Span) -> bool:
    """Tell whether there is a capital, as names of streets have: `via catheter 3` has none."""
    return any(character.isupper() for character in view.reading.original(*span))
