"""Links lead somewhere, and every page can be found."""

from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, ROOT, anchors, links, shown, text_of


def relative_links(page: Path) -> list[tuple[Path, str]]:
    """The files and anchors that a page links to within the repository."""
    targets = (target.partition("#") for target in links(text_of(page)) if "://" not in target)
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in targets]


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_relative_link_resolves(page: Path) -> None:
    """A link's file exists."""
    missing = [str(target) for target, _ in relative_links(page) if not target.exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_anchor_exists(page: Path) -> None:
    """A link to a part of a page finds its heading there."""
    wanted = [(target, anchor) for target, anchor in relative_links(page) if anchor and target.exists()]
    missing = [anchor for target, anchor in wanted if anchor not in anchors(text_of(target))]

    assert missing == []


def test_every_page_is_reachable_from_the_readme() -> None:
    """Whoever follows links from README.md comes to every page of docs/."""
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            waiting.extend(target for target, _ in relative_links(page))

    assert [shown(page) for page in PAGES if page not in reached] == []
