"""Check-ins at control points matched with a case's: who was at the same place at the same time, how long and how surely."""
