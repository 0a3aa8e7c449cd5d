"""What a fit costs in seconds and memory, and whether it keeps its promises about them."""
