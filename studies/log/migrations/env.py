"""Run by Alembic: migrate on the connection that was handed over, inside its transaction."""

from alembic import context

from studies.log.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=False,
)
with context.begin_transaction():
    context.run_migrations()
