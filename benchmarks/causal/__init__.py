"""The causal part alone: is it right, how long does it take, how does it grow."""
