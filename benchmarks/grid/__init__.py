"""A grid of measurements: cells, the store of their results, and the runner on Ray.

Knows nothing of tables, models or studies: a cell names the function that measures it.
"""
