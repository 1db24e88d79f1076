"""The tree of errors, its codes and its texts."""

import re
from typing import get_args

import pytest

from shared import errors
from shared.errors import (
    AirlockError,
    AttributeMissing,
    Category,
    LimitExceeded,
    NetworkError,
    ProcessingError,
    ResourceError,
    StorageError,
    ValidationError,
    remedy_for,
)


def subclasses(error: type[AirlockError]) -> list[type[AirlockError]]:
    """The classes below one, at every depth."""
    return [each for child in error.__subclasses__() for each in (child, *subclasses(child))]


CLASSES = [AirlockError, *subclasses(AirlockError)]
ROOTS = {
    "validation": ValidationError,
    "processing": ProcessingError,
    "storage": StorageError,
    "network": NetworkError,
    "resource": ResourceError,
}


def drawn_tree() -> list[tuple[str, str, str]]:
    """Name, parent and remark of each line of the tree in the module's docstring."""
    lines = [line for line in (errors.__doc__ or "").splitlines() if "── " in line]
    path, drawn = ["AirlockError"], []
    for line in lines:
        branch, _, rest = line.partition("── ")
        name, _, remark = rest.partition(" ")
        depth = (len(branch) - 1) // 4 + 1
        drawn.append((name, path[depth - 1], remark.strip()))
        path[depth:] = [name]
    return drawn


def test_the_tree_is_drawn_at_the_top_of_the_file() -> None:
    """The docstring draws every class under its parent, and none that does not exist."""
    drawn = {name: parent for name, parent, _ in drawn_tree()}

    assert len(drawn) == len(drawn_tree())
    assert drawn == {each.__name__: each.__bases__[0].__name__ for each in CLASSES[1:]}


def test_the_tree_gives_every_code() -> None:
    """Behind each class that is raised its code stands, and whether it is transient where that varies."""
    leaves = {each.__name__: each for each in CLASSES if not each.__subclasses__()}
    remarks = {name: remark for name, _, remark in drawn_tree() if name in leaves}

    assert {name: remark.partition(" ")[0] for name, remark in remarks.items()} == {
        name: each.code for name, each in leaves.items()
    }
    said = {name: "transient" in remark for name, remark in remarks.items()}
    assert said == {name: each.retryable for name, each in leaves.items()}


def test_codes_are_unique() -> None:
    """No two classes share a code."""
    codes = [each.code for each in CLASSES]

    assert sorted(set(codes)) == sorted(codes)


def test_every_error_can_be_imported_from_one_place() -> None:
    """The package exports every class."""
    exported = {name for name, each in vars(errors).items() if isinstance(each, type)}

    assert {each.__name__ for each in CLASSES} <= exported


@pytest.mark.parametrize("error", CLASSES)
def test_codes_are_written_like_the_class(error: type[AirlockError]) -> None:
    """A code is the name of the class in lower case with underscores; the configuration's says `invalid`."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.__name__).lower()

    assert error.code == ("configuration_invalid" if snake == "configuration_error" else snake)


@pytest.mark.parametrize("error", CLASSES)
def test_categories(error: type[AirlockError]) -> None:
    """Every error has one of five categories, and stands under the class of that category."""
    root = ROOTS[error.category]

    assert error.category in get_args(Category)
    assert issubclass(error, root) or error.__name__ in {
        "AirlockError",
        *(each.__name__ for each in CLASSES if issubclass(each, errors.ConfigurationError)),
    }


@pytest.mark.parametrize("error", CLASSES)
def test_texts(error: type[AirlockError]) -> None:
    """The first line of a docstring is a sentence of its own, and the remedy says what to do."""
    message = (error.__doc__ or "").split("\n", 1)[0]

    assert "__doc__" in vars(error)
    assert re.fullmatch(r"[A-Z].{10,}\.", message)
    assert re.fullmatch(r"[A-Z`].{10,}\.", error.remedy)
    assert error().cause == str(error()) == message


@pytest.mark.parametrize("error", CLASSES)
def test_the_remedy_is_found_by_the_code(error: type[AirlockError]) -> None:
    """Whoever has only the code finds the way out."""
    assert remedy_for(error.code) == error.remedy


def test_an_unknown_code_has_the_general_remedy() -> None:
    """A code of another version gives the remedy of all errors."""
    assert remedy_for("from_the_future") == AirlockError.remedy


def test_details_stand_behind_the_message() -> None:
    """Facts are kept by name and shown in the order in which they were given."""
    error = LimitExceeded(limit="file_bytes", allowed=8)

    assert error.details == {"limit": "file_bytes", "allowed": 8}
    assert str(error) == "A limit of the validation ruleset is exceeded. (limit=file_bytes, allowed=8)"


def test_permanent_until_said_otherwise() -> None:
    """Faults of the input are permanent; what depends on a moment is not."""
    transient = {each.code for each in CLASSES if each.retryable}

    assert not any(each.retryable for each in CLASSES if issubclass(each, ValidationError | ProcessingError))
    assert transient >= {"storage_unavailable", "destination_unavailable", "claim_held", "space_exhausted"}
    assert AttributeMissing(attribute="Rows").retryable is False
