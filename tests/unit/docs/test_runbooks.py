"""docs/how-to/runbooks.md against the alerts that Terraform makes."""

import re

import pytest

from tests.unit.docs.pages import ROOT, sections, text_of

MODULES = ROOT / "infra" / "modules"
SECTIONS = sections(text_of(ROOT / "docs" / "how-to" / "runbooks.md"), 2)
RUNBOOKS = {name: text for name, text in SECTIONS.items() if name != "Before you need them"}


def alerts() -> set[str]:
    """The titles of all alert policies, and the budget."""
    text = "".join(text_of(MODULES / module / "alerts.tf") for module in ("stage", "monitoring"))
    titles = re.findall(r'^ +title += "(.+)"$', text, re.MULTILINE)
    named = re.findall(r'^  display_name += "\$\{[\w.]+\}: ([^$"]+)"$', text, re.MULTILINE)
    budgets = ["budget"] if "google_billing_budget" in text else []
    return {*titles, *named, *budgets}


def test_every_alert_has_its_runbook() -> None:
    """A section has the title that the alert has, and no section is about an alert that is not there."""
    assert set(RUNBOOKS) == alerts()


def test_no_alert_is_made_elsewhere() -> None:
    """Alert policies are in the two files that this test reads."""
    made = [path for path in MODULES.rglob("*.tf") if "google_monitoring_alert_policy" in text_of(path)]

    assert {path.name for path in made} == {"alerts.tf"}
    assert len(made) == 2


@pytest.mark.parametrize("alert", RUNBOOKS)
def test_a_runbook_says_what_it_means_and_what_to_do(alert: str) -> None:
    """Its three parts, in this order, each with something in it."""
    parts = re.split(r"^\*\*([\w ]+):\*\*", RUNBOOKS[alert], flags=re.MULTILINE)

    assert parts[1::2] == ["It means", "Look at", "Do"]
    assert all(len(part.split()) >= 5 for part in parts[2::2])
