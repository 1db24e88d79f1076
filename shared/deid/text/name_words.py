"""Words in names that are nobody's: neither the cleaner of texts nor the release gate seeks them."""

#: words that stand for "nobody", and what Airlock itself writes
NOBODY = frozenset(
    {"airlock", "anon", "anonymous", "anonymised", "anonymized", "deidentified", "nobody", "none", "patient"}
    | {"removed", "test", "unknown", "undefined"}
)
#: particles that many names share: gone from a text with the name that they lead to
PARTICLES = frozenset(
    {
        "af",
        "al",
        "av",
        "bin",
        "bint",
        "da",
        "dal",
        "de",
        "del",
        "della",
        "den",
        "der",
        "di",
        "do",
        "dos",
        "du",
    }
    | {"el", "ibn", "la", "le", "los", "mac", "mc", "san", "st", "ten", "ter", "the", "van", "vom", "von"}
    | {"zu", "zum", "zur"}
)
# Some are called so and nothing else, such as San in Myanmar and Mac in Scotland: to miss a name is worse
# than to hold or cut a particle.
_ALSO_NAMES = frozenset({"av", "dal", "mac", "san"})
#: titles and what stands behind a name: gone from a text with the name beside them
TITLES = frozenset(
    {"dr", "doctor", "frau", "herr", "ii", "iii", "iv", "jr", "md", "miss", "mme", "mr", "mrs", "ms", "phd"}
    | {"prof", "professor", "sir", "sr"}
)
#: what is not sought alone
WEAK = NOBODY | TITLES | (PARTICLES - _ALSO_NAMES)
