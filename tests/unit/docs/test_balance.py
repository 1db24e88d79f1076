"""docs/reference/balance.md against the accounts."""

import re

from shared.balance import Account, Balance
from tests.unit.docs.pages import bare, blocks, reference, table

PAGE = reference("balance")


def test_every_account_is_explained() -> None:
    """The table has each account, in order."""
    assert [bare(row[0]) for row in table(PAGE)] == [account.value for account in Account]


def test_the_equation_has_every_account() -> None:
    """The equation that the page promises is the one that is counted."""
    terms = re.split(r" [=+] ", blocks(PAGE, "text")[0].strip())

    assert [term.replace(" ", "_") for term in terms] == list(Balance._fields)
