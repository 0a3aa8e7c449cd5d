"""Real and synthetic rows together, for any model."""
