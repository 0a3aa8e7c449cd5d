"""One module per question: which cells answer it. ``python -m benchmarks.studies.<name> --help``."""
