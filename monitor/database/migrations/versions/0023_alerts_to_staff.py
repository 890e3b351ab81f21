"""Alerts to staff: who is on duty, how each is told, and every alert with all that left of it."""

import sqlalchemy as sa
from alembic import op


revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_habit",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_to", sa.String(length=5), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_alert_habit"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("urgency", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["taken_by"], ["account.id"], name="fk_alert_taken_by"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index(
        "ix_alert_next_step_at",
        "alert",
        ["next_step_at"],
        sqlite_where=sa.text("next_step_at IS NOT NULL"),
        postgresql_where=sa.text("next_step_at IS NOT NULL"),
    )
    op.create_index("ix_alert_opened_at", "alert", ["opened_at"])
    op.create_index("ix_alert_state", "alert", ["state"])
    op.create_index("ix_alert_zone_id_opened_at", "alert", ["zone_id", "opened_at"])
    op.create_table(
        "alert_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("also_soon", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_alert_address_account_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_address"),
        sa.UniqueConstraint("account_id", "way", "address", name="uq_alert_address_account_id_way_address"),
    )
    op.create_table(
        "duty_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=True),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_duty_entry_account_id"),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name="fk_duty_entry_made_by"),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_duty_entry_zone_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_entry"),
    )
    op.create_index("ix_duty_entry_account_id", "duty_entry", ["account_id"])
    op.create_index("ix_duty_entry_zone_id", "duty_entry", ["zone_id"])
    op.create_table(
        "duty_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_duty_note_account_id"),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_duty_note_zone_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_note"),
    )
    op.create_index("ix_duty_note_at", "duty_note", ["at"])
    op.create_index("ix_duty_note_zone_id", "duty_note", ["zone_id"])
    op.create_table(
        "alert_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("gateway_reference", sa.String(length=128), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_alert_delivery_account_id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_delivery_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_delivery"),
        sa.UniqueConstraint(
            "alert_id", "account_id", "address_id", "step", name="uq_alert_delivery_alert_id_account_id_address_id_step"
        ),
        sa.UniqueConstraint("reference", name="uq_alert_delivery_reference"),
    )
    op.create_index("ix_alert_delivery_account_id_made_at", "alert_delivery", ["account_id", "made_at"])
    op.create_index(
        "ix_alert_delivery_gateway_reference",
        "alert_delivery",
        ["gateway_reference"],
        sqlite_where=sa.text("gateway_reference IS NOT NULL"),
        postgresql_where=sa.text("gateway_reference IS NOT NULL"),
    )
    op.create_index(
        "ix_alert_delivery_next_attempt_at",
        "alert_delivery",
        ["next_attempt_at"],
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "alert_incident",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name="fk_alert_incident_alert_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_alert_incident_incident_id"),
        sa.PrimaryKeyConstraint("alert_id", "incident_id", name="pk_alert_incident"),
    )
    op.create_index("ix_alert_incident_incident_id", "alert_incident", ["incident_id"])
    op.create_index(
        "ix_incident_soon",
        "incident",
        ["opened_at"],
        sqlite_where=sa.text("urgency = 'soon' AND state = 'open'"),
        postgresql_where=sa.text("urgency = 'soon' AND state = 'open'"),
    )


def downgrade() -> None:
    op.drop_index("ix_incident_soon", table_name="incident")
    op.drop_index("ix_alert_incident_incident_id", table_name="alert_incident")
    op.drop_table("alert_incident")
    op.drop_index("ix_alert_delivery_next_attempt_at", table_name="alert_delivery")
    op.drop_index("ix_alert_delivery_gateway_reference", table_name="alert_delivery")
    op.drop_index("ix_alert_delivery_account_id_made_at", table_name="alert_delivery")
    op.drop_table("alert_delivery")
    op.drop_index("ix_duty_note_zone_id", table_name="duty_note")
    op.drop_index("ix_duty_note_at", table_name="duty_note")
    op.drop_table("duty_note")
    op.drop_index("ix_duty_entry_zone_id", table_name="duty_entry")
    op.drop_index("ix_duty_entry_account_id", table_name="duty_entry")
    op.drop_table("duty_entry")
    op.drop_table("alert_address")
    op.drop_index("ix_alert_zone_id_opened_at", table_name="alert")
    op.drop_index("ix_alert_state", table_name="alert")
    op.drop_index("ix_alert_opened_at", table_name="alert")
    op.drop_index("ix_alert_next_step_at", table_name="alert")
    op.drop_table("alert")
    op.drop_table("alert_habit")
