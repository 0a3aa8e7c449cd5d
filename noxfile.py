"""Every promised Python: ``nox`` installs and tests the package on each, in fresh environments.

    nox                 # all of it; `make pythons` is the same
    nox -p 3.12         # one version
    nox -s wheel        # only the installation from the wheel

A version whose interpreter is not on the path is an error that names it (pyenv:
``PYENV_VERSION=3.11.7:3.12.1:3.13.0 nox``, with the releases that you have).
"""

import shutil
import sys
from pathlib import Path

import nox

PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
TORCH = "torch==2.10.0" if sys.platform == "darwin" else "torch==2.13.0"  # as in constraints.txt
#: A classification without network: the bundled checkpoint, with the causal part.
FIT = """
import numpy as np, pandas as pd
import autogluon_causalmix
from autogluon.tabular import TabularPredictor
assert "site-packages" in autogluon_causalmix.__file__, autogluon_causalmix.__file__
rng = np.random.default_rng(0)
table = pd.DataFrame(rng.standard_normal((200, 4)), columns=list("abcd"))
table["y"] = np.where(table["a"] + 0.3 * rng.standard_normal(200) > 0, "yes", "no")
options = {"hf_model": "mini", "fine_tune_steps": 5}
predictor = TabularPredictor("y", verbosity=0).fit(table[:150], hyperparameters={"CAUSALMIX": options}, num_cpus=1)
print(autogluon_causalmix.report(predictor))
assert predictor.evaluate(table[150:])["accuracy"] > 0.7
"""

nox.options.error_on_missing_interpreters = True
nox.options.stop_on_first_error = False


def install_torch(session: nox.Session) -> None:
    """A CPU build where pip knows one, else whatever it gives (on Linux a large CUDA build)."""
    session.install(f"{TORCH}+cpu", success_codes=[0, 1], silent=True)
    session.install(TORCH)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The fast tests with the versions in constraints.txt."""
    install_torch(session)
    session.install("-c", "constraints.txt", "-e", ".[test,benchmarks]")
    session.run("python", "-m", "pytest", "-m", "not slow", "-n", "2", "--dist", "loadfile", *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Wheel and source distribution in dist/, as for a release."""
    session.install("-c", "constraints.txt", "build")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build")


@nox.session(python=PYTHONS, requires=["package"])
def wheel(session: nox.Session) -> None:
    """The wheel and what it asks for, nothing pinned and nothing else: a fit away from the repository."""
    (built,) = Path("dist").resolve().glob("*.whl")
    session.install(str(built))
    session.cd(session.create_tmp())
    session.run("python", "-c", FIT)
