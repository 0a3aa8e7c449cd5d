"""The fit report as a page: one file that asks for nothing, works without scripts, and prints.

Scripts only add comfort to the causal graph: a filter, a search and highlights.
"""

from autogluon_causalmix.page.whole import framed, page

__all__ = ["framed", "page"]
