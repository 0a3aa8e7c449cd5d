"""How real and how useful synthetic rows are."""
