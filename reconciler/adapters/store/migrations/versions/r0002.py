"""What a fleet of workers needs: turns that are offered, and calls counted by one statement."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it; the words are in the file beside this one, as they are to stay."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
