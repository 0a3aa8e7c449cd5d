"""``python -m autogluon_causalmix``: see `cli`."""

from autogluon_causalmix.cli import app

app(prog_name="python -m autogluon_causalmix")
