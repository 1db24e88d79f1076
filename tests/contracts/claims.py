"""What every implementation of `Claims` must do; `LocalClaimsContract` adds what only a local one has."""

from collections.abc import Callable
from typing import Protocol

import pytest

from shared.ports.ledger import Claims
from tests.contracts.races import at_once


class LocalClaims(Claims, Protocol):
    """Claims of one process that owns its workspace."""

    def recover(self) -> int:
        """Release all claims that are not completed."""
        ...

    def prune_claims(self, before: float) -> int:
        """Remove the completed claims that were made before a time."""
        ...


class ClaimsContract:
    """Subclass it and override `open_claims`."""

    @pytest.fixture
    def open_claims(self) -> Callable[[], Claims]:
        """Return a function that opens the same storage once more."""
        raise NotImplementedError

    @pytest.fixture
    def claims(self, open_claims: Callable[[], Claims]) -> Claims:
        """Empty claims."""
        return open_claims()

    def test_a_new_key_is_claimed(self, claims: Claims) -> None:
        """The first to ask gets the claim."""
        outcome = claims.claim("a", now=100.0, lease=10.0)

        assert outcome == "claimed"

    def test_a_running_claim_is_held(self, claims: Claims) -> None:
        """While a claim runs, nobody else gets it."""
        claims.claim("a", now=100.0, lease=10.0)

        assert claims.claim("a", now=109.9, lease=10.0) == "held"

    def test_keys_are_independent(self, claims: Claims) -> None:
        """A claim holds its own key only, even one that differs in its last character."""
        claims.claim("series#1/1", now=100.0, lease=10.0)

        assert claims.claim("series#1/2", now=100.0, lease=10.0) == "claimed"

    def test_an_expired_claim_is_taken_over(self, claims: Claims) -> None:
        """When the lease is over, the next to ask gets the claim, with a lease of its own."""
        claims.claim("a", now=100.0, lease=10.0)

        assert claims.claim("a", now=110.0, lease=10.0) == "claimed"
        assert claims.claim("a", now=119.0, lease=10.0) == "held"

    def test_a_completed_claim_is_done(self, claims: Claims) -> None:
        """A completed claim is done for ever, its lease does not matter any more."""
        claims.claim("a", now=100.0, lease=10.0)
        claims.complete_claim("a")

        assert claims.claim("a", now=101.0, lease=10.0) == "done"
        assert claims.claim("a", now=9999.0, lease=10.0) == "done"

    def test_a_released_claim_is_free(self, claims: Claims) -> None:
        """After a release the next delivery may try at once."""
        claims.claim("a", now=100.0, lease=10.0)
        claims.release_claim("a")

        assert claims.claim("a", now=100.0, lease=10.0) == "claimed"

    def test_a_release_does_not_undo_a_completion(self, claims: Claims) -> None:
        """A release that comes after the completion changes nothing."""
        claims.claim("a", now=100.0, lease=10.0)
        claims.complete_claim("a")
        claims.release_claim("a")

        assert claims.claim("a", now=100.0, lease=10.0) == "done"

    def test_releasing_nothing_is_harmless(self, claims: Claims) -> None:
        """A release of a key that nobody claimed leaves it free."""
        claims.release_claim("a")

        assert claims.claim("a", now=100.0, lease=10.0) == "claimed"

    def test_one_of_sixteen_wins(self, claims: Claims) -> None:
        """Of 16 threads that claim one key at once, exactly one gets it."""
        outcomes = at_once(16, lambda _: claims.claim("a", now=100.0, lease=10.0))

        assert sorted(map(str, outcomes)) == ["claimed"] + ["held"] * 15

    def test_one_of_sixteen_takes_over(self, claims: Claims) -> None:
        """Of 16 threads that find an expired claim at once, exactly one takes it over."""
        claims.claim("a", now=100.0, lease=10.0)

        outcomes = at_once(16, lambda _: claims.claim("a", now=200.0, lease=10.0))

        assert sorted(map(str, outcomes)) == ["claimed"] + ["held"] * 15

    def test_claims_are_durable(self, open_claims: Callable[[], Claims]) -> None:
        """Whoever opens the storage again sees the claims as they were."""
        earlier = open_claims()
        earlier.claim("a", now=100.0, lease=10.0)
        earlier.claim("b", now=100.0, lease=10.0)
        earlier.complete_claim("b")

        later = open_claims()

        assert later.claim("a", now=105.0, lease=10.0) == "held"
        assert later.claim("b", now=105.0, lease=10.0) == "done"


class LocalClaimsContract(ClaimsContract):
    """Subclass it and override `open_local_claims`."""

    @pytest.fixture
    def open_local_claims(self) -> Callable[[], LocalClaims]:
        """Return a function that opens the same storage once more."""
        raise NotImplementedError

    @pytest.fixture
    def open_claims(self, open_local_claims: Callable[[], LocalClaims]) -> Callable[[], Claims]:
        """Local claims are claims."""
        return open_local_claims

    @pytest.fixture
    def local_claims(self, open_local_claims: Callable[[], LocalClaims]) -> LocalClaims:
        """Empty claims."""
        return open_local_claims()

    def test_recovery_releases_what_is_not_completed(self, local_claims: LocalClaims) -> None:
        """After a restart nothing is held by those who are gone, and what was done stays done."""
        for key in ("a", "b", "c"):
            local_claims.claim(key, now=100.0, lease=1000.0)
        local_claims.complete_claim("c")

        released = local_claims.recover()

        assert released == 2
        assert local_claims.claim("a", now=101.0, lease=10.0) == "claimed"
        assert local_claims.claim("c", now=101.0, lease=10.0) == "done"

    def test_pruning_removes_old_completed_claims(self, local_claims: LocalClaims) -> None:
        """Only claims that are completed and were made before the time are removed."""
        for key, made in (("old", 100.0), ("on time", 200.0), ("running", 100.0)):
            local_claims.claim(key, now=made, lease=1000.0)
        local_claims.complete_claim("old")
        local_claims.complete_claim("on time")

        pruned = local_claims.prune_claims(200.0)

        assert pruned == 1
        assert local_claims.claim("old", now=300.0, lease=10.0) == "claimed"
        assert local_claims.claim("on time", now=300.0, lease=10.0) == "done"
        assert local_claims.claim("running", now=300.0, lease=10.0) == "held"

    def test_the_age_of_a_claim_is_that_of_its_last_taking(self, local_claims: LocalClaims) -> None:
        """A claim that was taken over is as young as the takeover."""
        local_claims.claim("a", now=100.0, lease=10.0)
        local_claims.claim("a", now=200.0, lease=10.0)
        local_claims.complete_claim("a")

        assert local_claims.prune_claims(150.0) == 0
        assert local_claims.prune_claims(201.0) == 1
