"""People entered at the gate, once however often a button is pressed; and codes with which telephone numbers are confirmed."""

import sqlalchemy as sa
from alembic import op


revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gate_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_gate_entry_resident_id"),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_gate_entry_zone_id"),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name="fk_gate_entry_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_gate_entry"),
        sa.UniqueConstraint("token", name="uq_gate_entry_token"),
    )
    op.create_index("ix_gate_entry_resident_id", "gate_entry", ["resident_id"])
    op.create_index("ix_gate_entry_zone_id_made_at", "gate_entry", ["zone_id", "made_at"])
    op.create_table(
        "phone_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("gateway_reference", sa.String(length=128), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_phone_confirmation_resident_id"),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_phone_confirmation_zone_id"),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name="fk_phone_confirmation_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_phone_confirmation"),
        sa.UniqueConstraint("reference", name="uq_phone_confirmation_reference"),
    )
    op.create_index("ix_phone_confirmation_resident_id", "phone_confirmation", ["resident_id"])
    op.create_index("ix_phone_confirmation_phone_made_at", "phone_confirmation", ["phone", "made_at"])
    op.create_index("ix_phone_confirmation_made_by_made_at", "phone_confirmation", ["made_by", "made_at"])
    for column in ("next_attempt_at", "gateway_reference"):
        op.create_index(
            f"ix_phone_confirmation_{column}",
            "phone_confirmation",
            [column],
            sqlite_where=sa.text(f"{column} IS NOT NULL"),
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def downgrade() -> None:
    op.drop_table("phone_confirmation")
    op.drop_table("gate_entry")
