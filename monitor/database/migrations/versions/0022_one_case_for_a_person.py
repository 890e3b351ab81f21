"""One case for a person instead of several incidents side by side; the table of warning signs, risks, oxygen saturation."""

import sqlalchemy as sa
from alembic import op


revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

OF_CARE = "('unwell', 'missed', 'missed_repeatedly', 'unreached', 'text_unclear', 'room_empty')"
LEADS = sa.text("state != 'resolved' AND lead_id IS NULL")
RISKS = ("long_illness", "pregnant", "lives_alone")
MORE_OF_INCIDENTS = ("urgent_since", "triage_version", "urgency_reasons", "case_of")


def upgrade() -> None:
    op.create_table(
        "triage_table",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name="fk_triage_table_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_triage_table"),
    )
    for risk in RISKS:
        op.add_column("resident", sa.Column(risk, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("answer", sa.Column("spo2", sa.Integer(), nullable=True))
    op.add_column("incident", sa.Column("case_of", sa.Integer(), nullable=True))
    op.add_column("incident", sa.Column("urgency_reasons", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("incident", sa.Column("triage_version", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("incident", sa.Column("urgent_since", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        # Alembic would make the table anew, and rows of other tables refer to it.
        op.execute("ALTER TABLE incident ADD COLUMN lead_id INTEGER CONSTRAINT fk_incident_lead_id REFERENCES incident (id)")
    else:
        op.add_column("incident", sa.Column("lead_id", sa.Integer(), nullable=True))
        op.create_foreign_key("fk_incident_lead_id", "incident", "incident", ["lead_id"], ["id"])
    _group_what_waits()
    filled = sa.text("lead_id IS NOT NULL")
    op.create_index("ix_incident_lead_id", "incident", ["lead_id"], sqlite_where=filled, postgresql_where=filled)
    op.create_index("uq_incident_case", "incident", ["case_of"], unique=True, sqlite_where=LEADS, postgresql_where=LEADS)


def _group_what_waits() -> None:
    """What is unresolved about one person becomes one case: the oldest stands for it, as urgent as the most urgent, due as the first due.

    While one of its parts was not taken on by anybody, neither is the case.
    """
    mine = "WHERE part.case_of = incident.case_of"
    for statement in (
        f"UPDATE incident SET case_of = resident_id WHERE state != 'resolved' AND resident_id IS NOT NULL AND kind IN {OF_CARE}",
        "UPDATE incident SET urgency = 'soon' WHERE case_of IS NOT NULL AND urgency = 'routine'",
        f"UPDATE incident SET lead_id = (SELECT min(part.id) FROM incident AS part {mine}) WHERE case_of IS NOT NULL",
        "UPDATE incident SET lead_id = NULL WHERE lead_id = id",
        f"UPDATE incident SET urgency = 'danger' WHERE case_of IS NOT NULL AND lead_id IS NULL AND EXISTS"
        f" (SELECT 1 FROM incident AS part {mine} AND part.urgency = 'danger')",
        f"UPDATE incident SET deadline_at = (SELECT min(part.deadline_at) FROM incident AS part {mine}),"
        f" escalated_at = (SELECT min(part.escalated_at) FROM incident AS part {mine})"
        " WHERE case_of IS NOT NULL AND lead_id IS NULL",
        f"UPDATE incident SET state = 'open' WHERE case_of IS NOT NULL AND EXISTS"
        f" (SELECT 1 FROM incident AS part {mine} AND part.state = 'open')",
    ):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("uq_incident_case", "incident")
    op.drop_index("ix_incident_lead_id", "incident")
    if op.get_bind().dialect.name == "sqlite":
        # SQLite drops no column that refers to something: the table is made anew.
        with op.batch_alter_table("incident", recreate="always") as batch_op:
            batch_op.drop_column("lead_id")
    else:
        op.drop_column("incident", "lead_id")
    for column in MORE_OF_INCIDENTS:
        op.drop_column("incident", column)
    op.drop_column("answer", "spo2")
    for risk in RISKS:
        op.drop_column("resident", risk)
    op.drop_table("triage_table")
