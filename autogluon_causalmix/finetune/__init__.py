"""One fit: table, split, episodes, members, report."""
