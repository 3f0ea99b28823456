"""Database revisions, run by the registry when it opens a database."""

if __name__ != "assay.migrations":
    raise ImportError("import assay.migrations, not migrations: the folder is packaged as assay.migrations")
