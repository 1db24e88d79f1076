"""docs/reference/errors.md against the error classes."""

import pytest

from shared import errors
from shared.errors import AirlockError
from tests.unit.docs.pages import bare, reference, sections, table

CLASSES = {
    each.code: each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, AirlockError)
}
ROWS = {
    bare(row[0]): (bare(heading.removeprefix("Category ")), *row[1:])
    for heading, text in sections(reference("errors"), 2).items()
    for row in table(text)
}


def test_the_page_has_every_code_and_no_other() -> None:
    """Codes of the page are codes of the product."""
    assert set(ROWS) == set(CLASSES)


@pytest.mark.parametrize("code", CLASSES)
def test_a_code_is_described_as_it_is(code: str) -> None:
    """Category, retry, message and way out are those of the class."""
    error = CLASSES[code]
    message = (error.__doc__ or "").partition("\n")[0]

    assert ROWS[code] == (error.category, "yes" if error.retryable else "no", message, error.remedy)


def test_codes_are_unique() -> None:
    """No two classes share a code."""
    classes = {
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, AirlockError)
    }

    assert len(classes) == len(CLASSES)
