"""Bearer tokens that expire, are refused, and are shared with other workers."""

import threading

import pytest

from shared.adapters.bearer_tokens import BearerTokens, TokenAnswer
from shared.adapters.clock import FakeClock
from shared.errors import DestinationUnauthorized, DestinationUnavailable
from shared.ports.keys import TokenPair
from tests.contracts.destination import MemorySecrets

NOW = 1_700_000_000.0
OLD = TokenPair(access_token="access-0", refresh_token="refresh-0", expires_at=NOW + 60)


class Issuer:
    """Trades refresh tokens by a list of answers; `used` are those that it was shown."""

    def __init__(self, *answers: TokenAnswer | Exception) -> None:
        """Keep the answers; an exception is raised."""
        self.answers = list(answers)
        self.used: list[str] = []

    def __call__(self, refresh_token: str) -> TokenAnswer:
        """Trade a refresh token."""
        self.used.append(refresh_token)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def bearer(secrets: MemorySecrets, issuer: Issuer, clock: FakeClock | None = None) -> BearerTokens:
    """The tokens of the destination `auto`."""
    return BearerTokens("auto", secrets=secrets, clock=clock or FakeClock(NOW), refresh=issuer)


def test_a_good_pair_is_used_as_it_is() -> None:
    """A pair that has not expired is not refreshed."""
    issuer = Issuer()

    assert bearer(MemorySecrets({"auto": OLD}), issuer).current() == OLD
    assert issuer.used == []


def test_an_expired_pair_is_refreshed_before_it_is_used() -> None:
    """At its expiry a pair is refreshed and stored for all workers."""
    secrets, clock = MemorySecrets({"auto": OLD}), FakeClock(NOW)
    tokens = bearer(secrets, Issuer(TokenAnswer(access_token="access-1", expires_in=100)), clock)
    tokens.current()
    clock.advance(60)
    expected = TokenPair(access_token="access-1", refresh_token="refresh-0", expires_at=NOW + 160)

    assert tokens.current() == expected
    assert secrets.pairs == {"auto": expected}
    assert tokens.current() == expected


def test_a_pair_without_expiry_is_used_until_it_is_refused() -> None:
    """A pair whose expiry is unknown counts as good."""
    pair = TokenPair(access_token="access-0", refresh_token="refresh-0")

    assert bearer(MemorySecrets({"auto": pair}), Issuer()).current() == pair


@pytest.mark.parametrize(("given", "kept"), [(None, "refresh-0"), ("", "refresh-0"), ("new", "new")])
def test_the_refresh_token_is_kept_unless_another_comes(given: str | None, kept: str) -> None:
    """A refresh that gives no refresh token leaves the old one good."""
    secrets = MemorySecrets({"auto": OLD})
    bearer(secrets, Issuer(TokenAnswer(access_token="access-1", refresh_token=given))).renewed(OLD)

    assert secrets.tokens("auto").refresh_token == kept


@pytest.mark.parametrize(
    ("answer", "expiry"),
    [
        ({"expires_in": 90}, NOW + 90),
        ({"expires_at": "2023-11-14T22:15:00Z"}, NOW + 100),
        ({"expires_at": "2023-11-14T22:15:00"}, NOW + 100),
        ({"expires_at": "2023-11-14T23:15:00+01:00"}, NOW + 100),
        ({"expires_at": "20231114T221500Z"}, NOW + 100),
        ({"expires_at": "tomorrow"}, None),
        ({}, None),
    ],
)
def test_the_expiry_is_understood_in_both_forms(answer: dict[str, float], expiry: float | None) -> None:
    """The expiry is given in seconds or in ISO 8601; what cannot be read is unknown."""
    assert TokenAnswer(access_token="access-1", **answer).expiry(NOW) == expiry


def test_another_workers_pair_is_taken_over() -> None:
    """A refused pair is not refreshed if another worker has stored a new one meanwhile."""
    secrets, issuer = MemorySecrets({"auto": OLD}), Issuer()
    tokens = bearer(secrets, issuer)
    tokens.current()
    new = TokenPair(access_token="access-9", refresh_token="refresh-9", expires_at=NOW + 600)
    secrets.store_tokens("auto", new)

    assert tokens.renewed(OLD) == new
    assert (issuer.used, tokens.current()) == ([], new)


def test_another_workers_expired_pair_is_refreshed() -> None:
    """A pair that another worker stored long ago is refreshed like any other."""
    stale = TokenPair(access_token="access-9", refresh_token="refresh-9", expires_at=NOW - 1)
    issuer = Issuer(TokenAnswer(access_token="access-10"))
    bearer(MemorySecrets({"auto": stale}), issuer).renewed(OLD)

    assert issuer.used == ["refresh-9"]


def test_a_refused_refresh_token_is_permanent() -> None:
    """If the refresh token is refused and nobody stored another, a person must act."""
    secrets = MemorySecrets({"auto": OLD})
    with pytest.raises(DestinationUnauthorized):
        bearer(secrets, Issuer(DestinationUnauthorized())).renewed(OLD)

    assert (secrets.stored, secrets.pairs) == (0, {"auto": OLD})


def test_a_refresh_token_that_another_worker_used_is_no_failure() -> None:
    """With refresh tokens for one use, the slower of two workers takes the pair of the faster one."""
    new = TokenPair(access_token="access-1", refresh_token="refresh-1", expires_at=NOW + 600)
    secrets = MemorySecrets({"auto": OLD})

    def slower(refresh_token: str) -> TokenAnswer:
        secrets.store_tokens("auto", new)
        raise DestinationUnauthorized

    tokens = BearerTokens("auto", secrets=secrets, clock=FakeClock(NOW), refresh=slower)

    assert tokens.renewed(OLD) == new


def test_a_refresh_that_fails_changes_nothing() -> None:
    """A refresh that cannot be asked for leaves the stored pair as it is."""
    secrets = MemorySecrets({"auto": OLD})
    with pytest.raises(DestinationUnavailable):
        bearer(secrets, Issuer(DestinationUnavailable())).renewed(OLD)

    assert secrets.pairs == {"auto": OLD}


def test_threads_refresh_once() -> None:
    """Threads that are refused at the same time share one refresh."""
    issuer = Issuer(TokenAnswer(access_token="access-1", expires_in=600))
    tokens = bearer(MemorySecrets({"auto": OLD}), issuer)
    pairs: list[TokenPair] = []
    threads = [threading.Thread(target=lambda: pairs.append(tokens.renewed(OLD))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {pair.access_token for pair in pairs} == {"access-1"}
    assert issuer.used == ["refresh-0"]
