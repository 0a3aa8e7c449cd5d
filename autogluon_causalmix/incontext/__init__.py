"""Mitra at work: forward pass, losses, predictions, energy."""
