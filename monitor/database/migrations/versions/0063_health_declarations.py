"""Health declarations: forms, people of the public, what they declared; and codes that confirm numbers of people who are no residents."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0063'
down_revision = '0060'
branch_labels = None
depends_on = None


def _one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=32)


def _filled(column: str) -> dict[str, Any]:
    return _where(f'{column} IS NOT NULL')


def _where(condition: str) -> dict[str, Any]:
    return {'sqlite_where': sa.text(condition), 'postgresql_where': sa.text(condition)}


def upgrade() -> None:
    _forms()
    _declarants()
    _declarations()
    with op.batch_alter_table('phone_confirmation') as batch:
        batch.alter_column('resident_id', existing_type=sa.Integer(), nullable=True)
        batch.alter_column('zone_id', existing_type=sa.Integer(), nullable=True)
        batch.alter_column('made_by', existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column('about', sa.String(64), server_default='', nullable=False))
    op.create_index('ix_phone_confirmation_about', 'phone_confirmation', ['about', 'id'], **_where("about != ''"))


def _forms() -> None:
    op.create_table(
        'declaration_form',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(64), nullable=False),
        sa.Column('content', sa.JSON(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('published_by', sa.Integer(), nullable=True),
        sa.Column('why', sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name=op.f('fk_declaration_form_made_by')),
        sa.ForeignKeyConstraint(['published_by'], ['account.id'], name=op.f('fk_declaration_form_published_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_declaration_form')),
        sa.UniqueConstraint('digest', name=op.f('uq_declaration_form_digest')),
    )
    op.create_index('ix_declaration_form_published_at', 'declaration_form', ['published_at'])


def _declarants() -> None:
    op.create_table(
        'declarant',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('full_name', sa.String(120), nullable=False),
        sa.Column('sex', _one_of('female', 'male', 'other', name='sex'), nullable=True),
        sa.Column('birth_date', sa.Date(), nullable=True),
        sa.Column('birth_precision', _one_of('day', 'month', 'year', name='birthprecision'), nullable=False),
        sa.Column('nationality', sa.String(2), nullable=False),
        sa.Column('document_number', sa.Text(), nullable=False),
        sa.Column('insurance_number', sa.Text(), nullable=False),
        sa.Column('phone', sa.Text(), nullable=False),
        sa.Column('phone_confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('unit_code', sa.String(16), nullable=True),
        sa.Column('unit_from', sa.Date(), nullable=True),
        sa.Column('address', sa.Text(), nullable=False),
        sa.Column('language', sa.String(16), nullable=False),
        sa.Column('code', sa.Text(), nullable=False),
        sa.Column('code_made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('page_key', sa.Text(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_declarant_resident_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_declarant')),
        sa.UniqueConstraint('code', name=op.f('uq_declarant_code')),
        sa.UniqueConstraint('page_key', name=op.f('uq_declarant_page_key')),
    )
    op.create_index('ix_declarant_resident_id', 'declarant', ['resident_id'], **_filled('resident_id'))
    for column in ('document_number', 'insurance_number', 'phone'):
        op.create_index(f'ix_declarant_{column}', 'declarant', [column], **_where(f"{column} != ''"))
    op.create_table(
        'replaced_code',
        sa.Column('code', sa.Text(), nullable=False),
        sa.Column('declarant_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['declarant_id'], ['declarant.id'], name=op.f('fk_replaced_code_declarant_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('code', name=op.f('pk_replaced_code')),
    )
    op.create_index('ix_replaced_code_declarant_id', 'replaced_code', ['declarant_id'])


def _declarations() -> None:
    ways = ('self', 'other', 'guard', 'staff', 'telephone', 'paper')
    op.create_table(
        'declaration',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(64), nullable=False),
        sa.Column('declarant_id', sa.Integer(), nullable=False),
        sa.Column('form_id', sa.Integer(), nullable=False),
        sa.Column('answers', sa.Text(), nullable=False),
        sa.Column('way', _one_of(*ways, name='way'), nullable=False),
        sa.Column('state', _one_of('taken', 'waiting', name='declarationstate'), nullable=False),
        sa.Column('signs', _one_of('none', 'contact', 'symptom', 'danger', name='signs'), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('declared_on', sa.Date(), nullable=True),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('by_whom', sa.String(120), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['declarant_id'], ['declarant.id'], name=op.f('fk_declaration_declarant_id')),
        sa.ForeignKeyConstraint(['form_id'], ['declaration_form.id'], name=op.f('fk_declaration_form_id')),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name=op.f('fk_declaration_made_by')),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_declaration_zone_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_declaration')),
        sa.UniqueConstraint('key', name=op.f('uq_declaration_key')),
    )
    op.create_index('ix_declaration_declarant_id_made_at', 'declaration', ['declarant_id', 'made_at'])
    op.create_index('ix_declaration_made_at', 'declaration', ['made_at'])
    op.create_index('ix_declaration_waiting', 'declaration', ['made_at'], **_where("state = 'waiting'"))
    op.create_index('ix_declaration_signs', 'declaration', ['zone_id', 'made_at'], **_where("signs != 'none'"))
    op.create_index('ix_declaration_made_by', 'declaration', ['made_by'], **_filled('made_by'))


def downgrade() -> None:
    op.drop_index('ix_phone_confirmation_about', table_name='phone_confirmation')
    # Codes of the public have no place in the earlier table; they last for minutes.
    op.execute("DELETE FROM phone_confirmation WHERE resident_id IS NULL OR zone_id IS NULL OR made_by IS NULL")
    with op.batch_alter_table('phone_confirmation') as batch:
        batch.drop_column('about')
        batch.alter_column('made_by', existing_type=sa.Integer(), nullable=False)
        batch.alter_column('zone_id', existing_type=sa.Integer(), nullable=False)
        batch.alter_column('resident_id', existing_type=sa.Integer(), nullable=False)
    op.drop_table('declaration')
    op.drop_table('replaced_code')
    op.drop_table('declarant')
    op.drop_table('declaration_form')
