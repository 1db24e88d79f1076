"""The vocabulary: what is in it, what is made of its words, and what it costs."""

from importlib.resources import files

import pytest

from scripts import generate_vocabulary
from shared.deid.text.spelling import UNREADABLE, fold, read
from shared.deid.text.vocabulary import GENERATED, LANGUAGES, SUBJECTS, SURNAMES, shipped_vocabulary, words_of
from tests.unit.shared.deid.text.cases import cases

VOCABULARY = shipped_vocabulary()
FOLDER = files("shared.deid.text").joinpath("words")
HAND_KEPT = (*LANGUAGES, *SUBJECTS)


def is_kept(word: str) -> bool:
    """Whether the vocabulary keeps a word as it is spelled."""
    return VOCABULARY.look_up(word, fold(word)).is_kept


@pytest.mark.parametrize(
    "word",
    cases(
        "Thorax | ABDOMEN | contrast | mprage | Kopf | Schädel | Kniegelenk | Halswirbelsäule"
        " | Lungenembolie | crâne | tórax | ginocchio | hersenen | hjärna | głowy | мозга | θώρακα"
        " | Parkinson | Hodgkin | Gleason | Waters | Judet | T2 | L4 | C7 | B31f | Br40 | 5mm | 120kV"
        " | 3D | T2w | b1000 | TR5000 | 512x512x40 | 0 | 1024 | 20240312 | 1st | SpinalCord | AxT2"
        " | MIPs | nodules | x | ep2d | mp2rage | 4e | T11T12 | L5S1 | Th12L1 | W350L40 | 120kV200mAs"
        " | TR2350 | PTV5040 | TR500TE20 | ICD10 | AVNode | GatedBin | CardiacBin"
    ),
)
def test_these_stay(word: str) -> None:
    """Words of many languages, plurals, compounds, camel case, and numbers with letters."""
    assert is_kept(word)


@pytest.mark.parametrize(
    "word",
    cases(
        "Smith | Meyer | Miller | Kowalski | García | Иванов | Παπαδόπουλος | ZZPHI | McDonald"
        " | VanLong | ZurLong | SanLong | LosLong | DeLong | Whitehead | A1234 | XQZ123 | QX12 | T123456"
        " | a1b2c3 | K1A0B1 | Torres"
        " | Campos | JSmith | jsmith | QvxBrain | AB12CD34 | AB1234CD5678 | PX4711 | H12W34 | CT12MR34"
        " | CT4711 | T4711"
    ),
)
def test_these_go(word: str) -> None:
    """Names, logins, and numbers that look like an id."""
    assert not is_kept(word)


def test_what_cannot_be_read_goes() -> None:
    """And so does what is too long to be a word."""
    assert not is_kept(f"a{UNREADABLE}")
    assert not is_kept("a" * 64)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("头部平扫", True),
        ("头部王平扫", False),
        ("", True),
        ("복부골반", True),
        ("이지연", False),
        ("大内", False),
        ("頭部の造影", True),
        ("肝", True),
        ("の", False),
    ],
)
def test_runs_are_made_of_words(run: str, expected: bool) -> None:  # noqa: FBT001 - a fact about each
    """A script without spaces stays if every character is part of a word; names are made of single ones."""
    assert VOCABULARY.is_run(fold(run)) is expected


def test_the_parts_in_which_a_name_may_hide() -> None:
    """Letters between digits, and between capitals."""
    assert set(VOCABULARY.look_up("SpinalCord2", "spinalcord2").parts) == {"spinalcord", "spinal", "cord"}


def test_the_generated_part_is_what_the_generator_writes() -> None:
    """Nobody edits it."""
    assert generate_vocabulary.main(["--check"]) == 0


def test_the_check_names_a_file_that_is_out_of_date(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever adds a name that is no word learns what to run."""
    monkeypatch.setattr(generate_vocabulary, "vocabulary", lambda: ["other"])

    assert generate_vocabulary.main(["--check"]) == 1
    assert "generate_vocabulary" in capsys.readouterr().out


@pytest.mark.parametrize("name", HAND_KEPT)
def test_lists_kept_by_hand_have_no_names(name: str) -> None:
    """What is far more often a name than a word is in no list."""
    assert set(words_of(name)) & set(words_of(generate_vocabulary.NOT_WORDS)) == set()


def test_every_file_is_used() -> None:
    """A list that nothing reads would be forgotten."""
    found = {entry.name.removesuffix(".txt") for entry in FOLDER.iterdir()}

    assert found == {GENERATED, *HAND_KEPT, SURNAMES, generate_vocabulary.NOT_WORDS, "months"}


def test_names_that_are_words_are_words() -> None:
    """Only these can stay, so only these have to be told from names."""
    assert [word for word in VOCABULARY.surnames if word not in VOCABULARY] == []


def test_a_hospital_adds_words() -> None:
    """In any spelling; what it adds is no name to it."""
    extended = VOCABULARY.extended(["Zürcher Protokoll", "LONG"])

    assert "zurcher" in extended
    assert "zurcher" not in VOCABULARY
    assert "long" not in extended.surnames
    assert VOCABULARY.extended([]) is VOCABULARY


def test_the_files_are_small() -> None:
    """Less than 400 KB."""
    assert sum(len(entry.read_bytes()) for entry in FOLDER.iterdir()) < 400_000


@pytest.mark.parametrize("name", [*HAND_KEPT, SURNAMES, generate_vocabulary.NOT_WORDS])
def test_lists_have_words_only_and_each_once(name: str) -> None:
    """What has anything but letters and digits would never be found; a hyphen in front means a bound one."""
    words = words_of(name)

    assert [word for word in words if " " in read(word.removeprefix("-")).classes] == []
    assert sorted(words) == sorted(set(words))
