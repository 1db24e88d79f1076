"""Many short texts in few lines."""


def cases(text: str) -> list[str]:
    """The texts between vertical bars."""
    return [case.strip(" ") for case in text.split("|")]
