"""What a fit report holds, drawn on a matplotlib axis."""
