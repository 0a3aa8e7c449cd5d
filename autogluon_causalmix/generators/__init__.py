"""Where synthetic rows come from, each by a name."""
