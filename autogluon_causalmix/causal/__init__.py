"""Discovery, graphs, knowledge, structural causal models."""
