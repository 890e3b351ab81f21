"""Jobs: on PostgreSQL only, where Procrastinate keeps them."""

from alembic import op

from monitor.database.job_tables import drop_job_tables, make_job_tables

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        make_job_tables(op.get_bind())


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        drop_job_tables(op.get_bind())
