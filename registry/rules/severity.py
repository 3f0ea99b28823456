"""What a finding does and how strong its claim is: all that answers about findings on record need to know of rules."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """What a finding does: `contaminates` taints the version and its descendants, `warns` is only reported, `notes`
    names what may be meant as it is, and asks for nothing."""

    CONTAMINATES = "contaminates"
    WARNS = "warns"
    NOTES = "notes"


class Basis(StrEnum):
    """How strong the claim is: seen in the bytes, a rule of the house that was broken, or a sign that may mislead."""

    PROOF = "proof"
    HOUSE_RULE = "house rule"
    HEURISTIC = "heuristic"
