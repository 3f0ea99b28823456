"""Who signed which link: kept beside the record, sent on with it, and looked up in the project's list of signers.

A signature proves whose word the facts of a link are where its signer is the author that they name; whoever signs
facts of somebody else proves nothing about that person. Refuses to sign for an agent, or for another author.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import RegistryError
from ..ledger.transaction import Transaction
from ..project import Project

if TYPE_CHECKING:
    from .opened import Opened

SIGNED = "signed:"  # a setting of no working copy for each signed link, by its digest: the signatures


def signed(project: Project, one: Transaction) -> tuple[Transaction, str]:
    """A transaction with the signature of the person who speaks here, where that person has set a key.

    Where the key does not sign it stays as it is, since what happened goes on record all the same; then also why not.
    """
    if not (key := project.signing_key) or project.agent or any(who != project.author for who in one.authors()):
        return one, ""
    try:
        from ..ledger.signatures import sign

        return replace(one, signatures=(sign(key, one.chain),)), ""
    except RegistryError as error:
        return one, f"{error.message}. `assay ledger sign` signs it later"


def keep(store: Opened, given: Iterable[Transaction]) -> None:
    """Add to what is known of who signed these, inside a transaction."""
    new = {one.chain: one.signatures for one in given if one.signatures}
    if not new:
        return
    known = signatures_of(store, new)
    more = {chain: sorted({*known.get(chain, ()), *signatures}) for chain, signatures in new.items()}
    store.remember({SIGNED + chain: json.dumps(all_) for chain, all_ in more.items()})


def signatures_of(store: Opened, chains: Iterable[str] | None = None) -> Mapping[str, tuple[str, ...]]:
    """The digest of each of these links, or of all, that is signed → its signatures."""
    return {chain: tuple(json.loads(all_)) for chain, all_ in store.shared_below(SIGNED, chains).items()}
