"""What the suites of Google's adapters share."""

from collections.abc import Iterator

import pytest

from shared.adapters.google_http import GoogleSession


@pytest.fixture
def google_session() -> Iterator[GoogleSession]:
    """Requests without a token."""
    session = GoogleSession(None)
    yield session
    session.close()
