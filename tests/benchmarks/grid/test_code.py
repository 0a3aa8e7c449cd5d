"""The version of the code changes with what it does, not with what it says."""

import autogluon_causalmix
from benchmarks.grid.code import code_version, digest_of_sources

SOURCE = '''"""Module."""
def f(x):
    """Say so."""
    return x + 1  # why
'''


def digest(tmp_path, text):
    path = tmp_path / "module.py"
    path.write_text(text)
    return digest_of_sources([(path, "module.py")])


def test_comments_docstrings_and_layout_do_not_count(tmp_path):
    other = SOURCE.replace("Say so.", "Say more.").replace("# why", "# because").replace('"""Module."""\n', "\n\n")
    assert digest(tmp_path, SOURCE) == digest(tmp_path, other)


def test_code_and_names_count(tmp_path):
    assert digest(tmp_path, SOURCE) != digest(tmp_path, SOURCE.replace("x + 1", "x + 2"))
    path = tmp_path / "module.py"
    assert digest_of_sources([(path, "module.py")]) != digest_of_sources([(path, "moved.py")])


def test_the_version_holds_the_packages_own():
    version, _, digest = code_version().partition("+")
    assert version == autogluon_causalmix.__version__ and len(digest) == 12
