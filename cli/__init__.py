"""What Assay says: one module per noun, no logic of its own."""

if __name__ != "assay.cli":
    raise ImportError("import assay.cli, not cli: the folder is packaged as assay.cli")
