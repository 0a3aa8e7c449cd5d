"""Makes the bundled weights from synthetic tables."""
