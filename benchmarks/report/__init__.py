"""The one writer of tables and figures; the same rows give the same bytes."""
