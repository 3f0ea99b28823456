"""The facts, the ledger that chains them, and the caches beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "artifact",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
    )
    op.create_index("ix_artifact_name", "artifact", ["name"])
    op.create_table(
        "version",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=True),
    )
    op.create_index("ix_version_content", "version", ["content"])
    op.create_table(
        "manifest_entry",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("version_id", sa.Text(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
    )
    op.create_index("ix_manifest_entry_digest", "manifest_entry", ["digest"])
    op.create_index("ix_manifest_entry_version_id", "manifest_entry", ["version_id"])
    op.create_table(
        "sighting",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("artifact_id", sa.Text(), sa.ForeignKey("artifact.id"), nullable=False),
        sa.Column("version_id", sa.Text(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("commit", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
    )
    op.create_index("ix_sighting_artifact_id", "sighting", ["artifact_id"])
    op.create_index("ix_sighting_path", "sighting", ["path"])
    op.create_index("ix_sighting_version_id", "sighting", ["version_id"])
    op.create_table(
        "examination",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("version_id", sa.Text(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("examiner", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("unchecked", sa.Text(), nullable=False),
        sa.Column("ignored", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
    )
    op.create_index("ix_examination_version_id", "examination", ["version_id"])
    op.create_table(
        "finding",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("examination_id", sa.Text(), sa.ForeignKey("examination.id"), nullable=False),
        sa.Column("version_id", sa.Text(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_finding_examination_id", "finding", ["examination_id"])
    op.create_index("ix_finding_rule", "finding", ["rule"])
    op.create_index("ix_finding_version_id", "finding", ["version_id"])
    op.create_table(
        "declaration",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
    )
    op.create_index("ix_declaration_subject_id", "declaration", ["subject_id"])
    op.create_table(
        "attestation",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("version_id", sa.Text(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("base_id", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
    )
    op.create_index("ix_attestation_version_id", "attestation", ["version_id"])
    op.create_table(
        "retraction",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
    )
    op.create_index("ix_retraction_fact_id", "retraction", ["fact_id"])
    op.create_table(
        "waiver",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("version_id", sa.Text(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
    )
    op.create_index("ix_waiver_version_id", "waiver", ["version_id"])
    op.create_table(
        "run",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("script_id", sa.Text(), sa.ForeignKey("version.id"), nullable=True),
        sa.Column("script_path", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("commit", sa.Text(), nullable=True),
        sa.Column("diff", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("started_at", sa.Text(), nullable=False),
    )
    op.create_table(
        "run_input",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("run_id", sa.Text(), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("version_id", sa.Text(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("waiver_id", sa.Text(), nullable=True),
    )
    op.create_index("ix_run_input_run_id_version_id", "run_input", ["run_id", "version_id"])
    op.create_index("ix_run_input_version_id", "run_input", ["version_id"])
    op.create_table(
        "run_output",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("run_id", sa.Text(), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("version_id", sa.Text(), sa.ForeignKey("version.id"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
    )
    op.create_index("ix_run_output_run_id", "run_output", ["run_id"])
    op.create_index("ix_run_output_version_id_run_id", "run_output", ["version_id", "run_id"])
    op.create_table(
        "run_end",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("run_id", sa.Text(), sa.ForeignKey("run.id"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.Column("defects", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("ix_run_end_run_id", "run_end", ["run_id"])
    op.create_table(
        "receipt",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
    )
    op.create_index("ix_receipt_subject_id", "receipt", ["subject_id"])
    op.create_table(
        "ledger",
        sa.Column("writer", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
    )
    op.create_table(
        "location",
        sa.Column("workspace", sa.Text(), primary_key=True),
        sa.Column("path", sa.Text(), primary_key=True),
        sa.Column("artifact_id", sa.Text(), nullable=True),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("stat", sa.Text(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
    )
    op.create_index("ix_location_artifact_id", "location", ["artifact_id"])
    op.create_index("ix_location_version_id", "location", ["version_id"])
    op.create_table(
        "description",
        sa.Column("version_id", sa.Text(), primary_key=True),
        sa.Column("observer", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
    )
    op.create_table(
        "standing",
        sa.Column("version_id", sa.Text(), primary_key=True),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
    )
    op.create_table(
        "setting",
        sa.Column("workspace", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "search_document",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("artifact_id", sa.Text(), nullable=False, unique=True),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
    )
    for statement in POSTGRESQL_INDEX if op.get_bind().dialect.name == "postgresql" else SQLITE_INDEX:
        op.execute(statement)


SEARCHED = ("head", "parts", "body", "code")
LISTED, OLD, NEW = (", ".join(f"{prefix}{column}" for column in SEARCHED) for prefix in ("", "old.", "new."))
FORGET = f"INSERT INTO search_index(search_index, rowid, {LISTED}) VALUES ('delete', old.number, {OLD});"
TAKE = f"INSERT INTO search_index(rowid, {LISTED}) VALUES (new.number, {NEW});"
SQLITE_INDEX = (
    f"CREATE VIRTUAL TABLE search_index USING fts5({LISTED}, "
    "content='search_document', content_rowid='number', detail=column, tokenize=ascii)",
    f"CREATE TRIGGER search_insert AFTER INSERT ON search_document BEGIN {TAKE} END",
    f"CREATE TRIGGER search_update AFTER UPDATE ON search_document BEGIN {FORGET} {TAKE} END",
    f"CREATE TRIGGER search_delete AFTER DELETE ON search_document BEGIN {FORGET} END",
)
WORDS = " || ' ' || ".join(SEARCHED)
POSTGRESQL_INDEX = (
    "ALTER TABLE search_document ADD COLUMN terms tsvector "
    f"GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array({WORDS}, ' '), ''))) STORED",
    "CREATE INDEX ix_search_document_terms ON search_document USING gin (terms)",
)
