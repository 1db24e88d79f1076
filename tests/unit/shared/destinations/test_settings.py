"""Destinations and templates as YAML: strict, and errors without values."""

from pathlib import Path

import pytest
import yaml

from shared.destinations.settings import (
    AutosegmentationTemplate,
    DestinationSettings,
    load_destinations,
    load_templates,
    parse_template,
)
from shared.errors import ConfigurationError, RulesetInvalid

RULESETS = Path(__file__).parents[4] / "rulesets"
SECRET = "value-that-no-error-shows"
URL = "base_url: https://auto.example\n"
TEMPLATE = f"""name: Head
protocol: DRAW
models:
  7:
    name: Model
    config: 3d
    trainer_name: {SECRET}
    map:
      2: Parotid_L
      1: Brainstem
"""


def folder_with(tmp_path: Path, text: str, name: str = "one.yaml") -> Path:
    """A folder `destinations` with one file."""
    folder = tmp_path / "destinations"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


def details_of(tmp_path: Path, text: str) -> dict[str, str | float]:
    """What the error about a destination's file says."""
    with pytest.raises(RulesetInvalid) as caught:
        load_destinations(folder_with(tmp_path, text))
    return caught.value.details


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    """A name and a URL are enough."""
    loaded = load_destinations(folder_with(tmp_path, f"name: auto\n{URL}"))

    assert loaded == (DestinationSettings(name="auto", base_url="https://auto.example"),)
    assert (loaded[0].health_tries, loaded[0].health_wait_seconds, loaded[0].resend) == (3, 60.0, "hold")


def test_the_shipped_destination_is_valid() -> None:
    """The shipped file takes its URL from the environment."""
    environ = {"AUTOSEGMENTATION_URL": "http://127.0.0.1:8080"}
    loaded = load_destinations(RULESETS / "destinations", environ=environ)

    assert [(one.name, one.base_url) for one in loaded] == [("autosegmentation", "http://127.0.0.1:8080")]


@pytest.mark.parametrize("environ", [{}, {"AUTOSEGMENTATION_URL": ""}])
def test_an_unset_variable_is_named(environ: dict[str, str]) -> None:
    """Without the variable that the URL is taken from, the variable is named."""
    with pytest.raises(ConfigurationError) as caught:
        load_destinations(RULESETS / "destinations", environ=environ)

    assert caught.value.details == {
        "file": "destinations/autosegmentation.yaml",
        "place": "$.base_url",
        "unset_variable": "AUTOSEGMENTATION_URL",
    }


@pytest.mark.parametrize(
    "url",
    [
        f"http://{SECRET}.example",
        f"https://user:{SECRET}@auto.example",
        f"https://auto.example/?token={SECRET}",
        f"https://auto.example/#{SECRET}",
        f"ftp://{SECRET}",
        f"https://auto.example:{SECRET}",
        f"https://[{SECRET}]",
        f"https://auto.example/{SECRET}\n",
        f"https://auto.example/{SECRET} x",
        "https://auto.example:0",
        SECRET,
        "https://",
    ],
)
def test_a_url_that_is_unsafe_is_refused(tmp_path: Path, url: str) -> None:
    """Tokens go nowhere in the clear, and a URL holds none, in the file or in the environment."""
    details = details_of(tmp_path, yaml.safe_dump({"name": "auto", "base_url": url}))
    with pytest.raises(ConfigurationError) as caught:
        load_destinations(RULESETS / "destinations", environ={"AUTOSEGMENTATION_URL": url})

    assert str(details["problem"]).startswith("base_url ")
    assert SECRET not in f"{details}{caught.value}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1/x", "http://[::1]:1"])
def test_plain_http_is_for_loopback(tmp_path: Path, url: str) -> None:
    """A service on the same machine needs no TLS."""
    loaded = load_destinations(folder_with(tmp_path, f"name: auto\nbase_url: {url!r}\n"))

    assert loaded[0].base_url == url


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        (f"name: auto\n{URL}colour: {SECRET}\n", "$", "Object contains unknown field `colour`"),
        (URL, "$", "Object missing required field `name`"),
        (f"name: auto\n{URL}resend: {SECRET}\n", "$.resend", "Invalid enum value"),
        (f"name: auto\n{URL}health_tries: {SECRET}\n", "$.health_tries", "Expected `int`, got `str`"),
        (f"name: auto\n{URL}health_tries: -1\n", "$.health_tries", "Expected `int` >= 0"),
        (f"name: auto\n{URL}request_seconds: 0\n", "$.request_seconds", "Expected `float` > 0.0"),
        (f"name: auto\n{URL}result_ready: [1]\n", "$.result_ready[0]", "Expected `str`, got `int`"),
        (f"name: auto\n{URL}name: other\n", "line 3, column 1", "this key is given twice"),
        (f"name: auto\n{URL}x: [{SECRET}\n", "line 4, column 1", "this is not YAML"),
        (f"name: \x01{SECRET}\n", "unknown", "this is not YAML"),
        (f"--- {SECRET}\n--- b\n", "line 2, column 1", "this is not YAML"),
        ("", "$", "Expected `object`, got `null`"),
        (f"!!python/name:{SECRET} x", "line 1, column 1", "this is not YAML"),
    ],
)
def test_an_invalid_file_is_named_with_the_place(tmp_path: Path, text: str, place: str, problem: str) -> None:
    """An error names file, place and problem, and shows no value."""
    expected = {"file": "destinations/one.yaml", "place": place, "problem": problem}

    assert details_of(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("client_id", "a\r\nb"),
        ("client_id", "a\n"),
        ("checksum_header", "X: y"),
        ("checksum_header", "X\n"),
        ("upload_path", "upload"),
        ("upload_path", "/upload\n"),
        ("health_path", "/health?token=1"),
    ],
)
def test_nothing_enters_a_request_by_the_back_door(tmp_path: Path, setting: str, value: str) -> None:
    """What becomes part of a request has no line ends, blanks or colons in it."""
    content = {"name": "auto", "base_url": "https://auto.example", setting: value}
    details = details_of(tmp_path, yaml.safe_dump(content))

    assert details["place"] == f"$.{setting}"


@pytest.mark.parametrize("path", ["status_path", "result_path", "confirm_path"])
def test_a_path_needs_its_transaction(tmp_path: Path, path: str) -> None:
    """A path that is about one transaction names it."""
    details = details_of(tmp_path, f"name: auto\n{URL}{path}: /api/all/\n")

    assert "{task_id}" in str(details["problem"])


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    """Two files cannot describe destinations of one name."""
    folder = folder_with(tmp_path, f"name: auto\n{URL}")
    folder_with(tmp_path, f"name: auto\n{URL}", "two.yaml")
    with pytest.raises(RulesetInvalid) as caught:
        load_destinations(folder)

    assert caught.value.details["file"] == "destinations/two.yaml"


def test_a_missing_folder_is_no_empty_folder(tmp_path: Path) -> None:
    """Nothing is loaded from a folder that is not there, and that is said."""
    with pytest.raises(ConfigurationError):
        load_destinations(tmp_path / "nowhere")


def test_the_shipped_template_asks_for_what_the_double_draws() -> None:
    """The template for head and neck asks for the outline of the body and for the bones, too."""
    template = load_templates(RULESETS / "templates")["head_and_neck"]
    asked = {name for model in template.models.values() for name in model.map.values()}

    assert {"External", "Bones", "Brainstem", "Parotid_L"} <= asked


def test_a_template_is_written_as_the_service_reads_it() -> None:
    """The file has the service's keys, with numbers as keys of models and maps, in ascending order."""
    written = parse_template(TEMPLATE.encode(), file="t").to_yaml()
    content = yaml.safe_load(written)

    assert list(content) == ["name", "protocol", "models"]
    assert list(content["models"][7]) == ["name", "config", "trainer_name", "postprocess", "map"]
    assert list(content["models"][7]["map"].items()) == [(1, "Brainstem"), (2, "Parotid_L")]


def test_equal_templates_are_written_alike() -> None:
    """The order of models and maps in the source does not matter, and what was written is read back."""
    template = parse_template(TEMPLATE.encode(), file="t")
    model = template.models[7]
    backwards = AutosegmentationTemplate(name="Head", protocol="DRAW", models={9: model, 7: model, 8: model})
    forwards = AutosegmentationTemplate(name="Head", protocol="DRAW", models={7: model, 8: model, 9: model})

    assert backwards.to_yaml() == forwards.to_yaml()
    assert parse_template(template.to_yaml(), file="t") == template


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("  7:", "  seven:", "key in $.models"),
        ("      1: Brainstem", "      1: 5", "$.models[...].map[...]"),
        ("      1: Brainstem", "      2: Brainstem", "line 10, column 7"),
        ("    config: 3d\n", "", "$.models[...]"),
        ("    config: 3d\n", "    config: 3d\n    extra: 1\n", "$.models[...]"),
        ("      2: Parotid_L\n      1: Brainstem\n", "      {}\n", "$.models[...]"),
        (TEMPLATE.partition("models:")[2], " {}", "$"),
    ],
)
def test_an_invalid_template_is_refused(old: str, new: str, place: str) -> None:
    """A template is as strict as a ruleset."""
    assert old in TEMPLATE
    with pytest.raises(RulesetInvalid) as caught:
        parse_template(TEMPLATE.replace(old, new).encode(), file="t.yml")

    assert (caught.value.details["file"], caught.value.details["place"]) == ("t.yml", place)
    assert SECRET not in str(caught.value)


def test_an_alias_that_names_itself_ends() -> None:
    """A document that contains itself is refused like any other that is no template."""
    with pytest.raises(RulesetInvalid):
        parse_template(b"name: &a [*a]\nprotocol: x\nmodels: {}\n", file="t")
