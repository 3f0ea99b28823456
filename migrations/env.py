"""Alembic's entry: run the revisions on the connection that `upgrade.py` opened and locked."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=False)
context.run_migrations()
