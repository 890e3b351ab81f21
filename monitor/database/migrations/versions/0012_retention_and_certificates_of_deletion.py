"""What is deleted when: certificates of deletion, holds, reports of the purge, and when orders ended."""

import sqlalchemy as sa
from alembic import op


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('purge_report',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted', sa.JSON(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('coming', sa.JSON(), nullable=False),
    sa.Column('problems', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purge_report'))
    )
    with op.batch_alter_table('purge_report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purge_report_begun_at'), ['begun_at'], unique=False)

    op.create_table('deletion_certificate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.JSON(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_deletion_certificate_account_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_deletion_certificate_resident_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_deletion_certificate_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deletion_certificate')),
    sa.UniqueConstraint('resident_id', 'scope', name=op.f('uq_deletion_certificate_resident_id_scope'))
    )
    with op.batch_alter_table('deletion_certificate', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deletion_certificate_finished_at'), ['finished_at'], unique=False)
        batch_op.create_index('ix_deletion_certificate_unfinished', ['begun_at'], unique=False, sqlite_where=sa.text('finished_at IS NULL'), postgresql_where=sa.text('finished_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_deletion_certificate_zone_id'), ['zone_id'], unique=False)

    op.create_table('retention_hold',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_retention_hold_account_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_retention_hold_resident_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_retention_hold_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_hold'))
    )
    with op.batch_alter_table('retention_hold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_retention_hold_resident_id'), ['resident_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_retention_hold_zone_id'), ['zone_id'], unique=False)

    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.create_index('ix_answer_received_at_with_place', ['received_at'], unique=False, sqlite_where=sa.text('fix IS NOT NULL'), postgresql_where=sa.text('fix IS NOT NULL'))

    with op.batch_alter_table('media', schema=None) as batch_op:
        batch_op.create_index('ix_media_kind_taken_at', ['kind', 'taken_at'], unique=False)
    # Not in a batch, which would make the table anew on SQLite: rows of other tables refer to it.
    op.drop_column('media', 'expires_at')

    op.add_column('quarantine_order', sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('resident', sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True))



def downgrade() -> None:
    op.drop_column('resident', 'deleted_at')
    op.drop_column('quarantine_order', 'ended_at')
    op.add_column('media', sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('media', schema=None) as batch_op:
        batch_op.drop_index('ix_media_kind_taken_at')

    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.drop_index('ix_answer_received_at_with_place', sqlite_where=sa.text('fix IS NOT NULL'), postgresql_where=sa.text('fix IS NOT NULL'))

    with op.batch_alter_table('retention_hold', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_retention_hold_zone_id'))
        batch_op.drop_index(batch_op.f('ix_retention_hold_resident_id'))

    op.drop_table('retention_hold')
    with op.batch_alter_table('deletion_certificate', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deletion_certificate_zone_id'))
        batch_op.drop_index('ix_deletion_certificate_unfinished', sqlite_where=sa.text('finished_at IS NULL'), postgresql_where=sa.text('finished_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_deletion_certificate_finished_at'))

    op.drop_table('deletion_certificate')
    with op.batch_alter_table('purge_report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purge_report_begun_at'))

    op.drop_table('purge_report')
