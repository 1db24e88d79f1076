"""The tokens that the double issues, seen by a client that is not the adapter."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from shared.adapters.clock import FakeClock
from shared.local.autosegmentation.server import AutosegmentationDouble

NOW = 1_700_000_000.0


@pytest.fixture
def double(tmp_path: Path) -> Iterator[AutosegmentationDouble]:
    """The double, running."""
    with AutosegmentationDouble(tmp_path / "double", clock=FakeClock(NOW)) as running:
        yield running


def refreshed(double: AutosegmentationDouble, token: str) -> httpx.Response:
    """Trade a refresh token."""
    return httpx.post(f"{double.base_url}/api/token/refresh/", headers={"Authorization": f"Bearer {token}"})


def test_a_refresh_token_is_traded(double: AutosegmentationDouble) -> None:
    """A refresh gives a good access token and says when it expires; the refresh token stays good."""
    pair = double.issue_tokens()
    first, second = refreshed(double, pair.refresh_token), refreshed(double, pair.refresh_token)
    headers = {"Authorization": f"Bearer {first.json()['access_token']}"}
    used = httpx.get(f"{double.base_url}/api/upload/7/status/", headers=headers)

    assert (first.json()["expires_in"], "refresh_token" in first.json()) == (3600.0, False)
    assert (second.status_code, used.status_code) == (200, 404)


def test_an_access_token_is_no_refresh_token(double: AutosegmentationDouble) -> None:
    """Only refresh tokens that are still good are traded."""
    pair = double.issue_tokens()
    answers = [refreshed(double, pair.access_token).status_code]
    double.revoke_refresh_tokens()
    answers.append(refreshed(double, pair.refresh_token).status_code)

    assert answers == [401, 401]


def test_refresh_tokens_can_be_good_for_one_use(double: AutosegmentationDouble) -> None:
    """With rotation, a refresh gives a new refresh token and ends the old one."""
    double.faults.rotate_refresh_tokens = True
    old = double.issue_tokens().refresh_token
    answer = refreshed(double, old)

    assert refreshed(double, old).status_code == 401
    assert refreshed(double, answer.json()["refresh_token"]).status_code == 200


def test_the_expiry_has_two_forms(double: AutosegmentationDouble) -> None:
    """The expiry is said in ISO 8601 or not at all, if asked for."""
    token = double.issue_tokens().refresh_token
    double.faults.expiry = "expires_at"
    moment = datetime.fromisoformat(refreshed(double, token).json()["expires_at"])
    double.faults.expiry = None

    assert moment.timestamp() == NOW + 3600
    assert set(refreshed(double, token).json()) == {"access_token"}


def test_no_token_is_kept_in_clear(double: AutosegmentationDouble, tmp_path: Path) -> None:
    """The double's memory holds digests, from which no token can be taken."""
    pair = double.issue_tokens()
    double.stop()
    stored = (tmp_path / "double" / "autosegmentation.sqlite3").read_bytes()

    assert pair.access_token.encode() not in stored
    assert pair.refresh_token.encode() not in stored
