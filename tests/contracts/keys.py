"""What every keeper of the key and of the destinations' tokens must hold."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import ConfigurationError
from shared.ports.keys import Keys, Secrets, TokenPair
from tests.contracts.races import at_once

FIRST = TokenPair(access_token="access-1", refresh_token="refresh-1", expires_at=1_763_807_445.5)
SECOND = TokenPair(access_token="access-2", refresh_token="refresh-2")


class KeysContract:
    """Subclass it and override `keys`, `same_keys` and `other_keys`."""

    @pytest.fixture
    def keys(self) -> Keys:
        """The keys of an installation."""
        raise NotImplementedError

    @pytest.fixture
    def same_keys(self, keys: Keys) -> Keys:
        """The keys of the same installation, as another worker opens them."""
        raise NotImplementedError

    @pytest.fixture
    def other_keys(self) -> Keys:
        """The keys of another installation."""
        raise NotImplementedError

    def test_a_key_has_32_bytes(self, keys: Keys) -> None:
        """Every purpose has a key of 256 bits."""
        assert [len(keys.derive(purpose)) for purpose in ("uid", "", "\u6f22\u5b57")] == [32, 32, 32]

    def test_workers_agree(self, keys: Keys, same_keys: Keys) -> None:
        """All workers of an installation derive the same key, as often as they ask."""
        assert [keys.derive("uid"), same_keys.derive("uid")] == [keys.derive("uid")] * 2

    def test_installations_differ(self, keys: Keys, other_keys: Keys) -> None:
        """Two installations have nothing in common."""
        assert keys.derive("uid") != other_keys.derive("uid")

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(purposes=st.sets(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=5))
    def test_purposes_differ(self, keys: Keys, purposes: set[str]) -> None:
        """No two purposes share a key."""
        assert len({keys.derive(purpose) for purpose in purposes}) == len(purposes)


class SecretsContract:
    """Subclass it and override `secrets` and `same_secrets`."""

    @pytest.fixture
    def secrets(self) -> Secrets:
        """The secrets of an installation; there are none yet."""
        raise NotImplementedError

    @pytest.fixture
    def same_secrets(self, secrets: Secrets) -> Secrets:
        """The secrets of the same installation, as another worker opens them."""
        raise NotImplementedError

    def test_all_workers_read_what_was_stored(self, secrets: Secrets, same_secrets: Secrets) -> None:
        """A pair comes back whole, with and without its expiry."""
        secrets.store_tokens("segmentation", FIRST)
        secrets.store_tokens("other_one-2", SECOND)

        assert same_secrets.tokens("segmentation") == FIRST
        assert same_secrets.tokens("other_one-2") == SECOND

    def test_a_refreshed_pair_replaces_the_old(self, secrets: Secrets, same_secrets: Secrets) -> None:
        """Every worker sees the refreshed pair from then on, also one that has read the old."""
        secrets.store_tokens("segmentation", FIRST)
        before = same_secrets.tokens("segmentation")
        secrets.store_tokens("segmentation", SECOND)

        assert (before, same_secrets.tokens("segmentation")) == (FIRST, SECOND)

    def test_a_destination_without_tokens_is_a_mistake_of_configuration(self, secrets: Secrets) -> None:
        """Nobody gets an empty token."""
        secrets.store_tokens("segmentation", FIRST)

        with pytest.raises(ConfigurationError):
            secrets.tokens("missing")

    def test_readers_never_see_half_a_pair(self, secrets: Secrets) -> None:
        """While workers store pairs, every reader gets one of them whole."""
        secrets.store_tokens("segmentation", FIRST)

        def store_and_read(n: int) -> set[TokenPair]:
            seen = set()
            for _ in range(10):
                secrets.store_tokens("segmentation", (FIRST, SECOND)[n % 2])
                seen.add(secrets.tokens("segmentation"))
            return seen

        results = at_once(8, store_and_read)
        assert [result for result in results if not isinstance(result, set) or result - {FIRST, SECOND}] == []
