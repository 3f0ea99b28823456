"""What Assay knows: facts about scripts, datasets and checkpoints, their lineage, their status, and the gate.

Imports nothing heavy: names are resolved on first use, so that a command that only reads never pays for the ORM.
"""

if __name__ != "assay.registry":
    raise ImportError("import assay.registry, not registry: the folder is packaged as assay.registry")
