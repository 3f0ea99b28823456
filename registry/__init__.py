"""What Assay knows: facts about scripts, datasets and checkpoints, their lineage, their status, and the gate.

Imports nothing heavy: names are resolved on first use, so that a command that only reads never pays for the ORM.
What it meets on its way and goes on from is logged below `assay.registry`, for debugging alone: nothing is said unless
somebody listens.
"""

if __name__ != "assay.registry":
    raise ImportError("import assay.registry, not registry: the folder is packaged as assay.registry")
