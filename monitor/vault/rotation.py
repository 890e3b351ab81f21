"""Another master key: every key of the vault is wrapped anew; no file and no row is touched, and nobody has to stop."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.problems import Problem
from monitor.vault.master_keys import KeptKeys, MasterKeys
from monitor.vault.vault import Vault
from monitor.words import N_


class RotationProblem(Problem):
    """The master key cannot be changed as things are."""


@dataclass(frozen=True)
class Rotated:
    """wrapped: keys that were wrapped anew. lost: keys that no master key opens; the one before is kept then."""

    wrapped: int
    lost: int


def rotate(vault: Vault, keys: MasterKeys) -> Rotated:
    """Wrap all keys with another master key; one that was interrupted anywhere is taken up again. Raises RotationProblem.

    Keys that we keep: a new one is made, and the one before is destroyed once nothing needs it. Keys from the settings: the operator
    has set the new one and named the old one before.
    """
    if isinstance(keys, KeptKeys):
        # Under the lock, so that nobody wraps a new key with a master key that is about to go.
        with vault.locked():
            keys.switch()
    elif len(keys.every()) == 1:
        raise RotationProblem(
            N_("Set master_key to a new key and master_key_before to the one in use, restart, and run this again.")
        )
    wrapped, lost = vault.rewrap()
    if isinstance(keys, KeptKeys) and not lost:
        keys.drop_before()
    return Rotated(wrapped, lost)
