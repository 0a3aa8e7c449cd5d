"""Imports run one way, heavy ones are lazy, and private packages are touched in one file each."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import autogluon_causalmix

ROOT = Path(autogluon_causalmix.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

#: Who stands above whom: a module may import from its own level and those after it.
LEVELS = [
    ("__main__", "cli", "tabarena"),
    ("__init__", "plots", "predictor_report", "level_names", "registration"),
    ("model", "augmented_model"),
    ("memory", "cards", "naming", "known_columns", "log_lines", "table_file"),
    ("page",),
    ("augmentation",),
    ("finetune", "findings"),
    ("synthesis",),
    ("options",),
    ("generators", "pretraining"),
    ("incontext", "causal", "metrics"),
    (
        "checkpoints",
        "pictures",
        "table",
        "column_kinds",
        "checks",
        "errors",
        "threads",
        "budget",
        "journal",
        "plain_data",
    ),
]
#: Only registration (and the lazy `__init__`) may know the model.
KNOW_MODEL = {"registration.py", "__init__.py", "tabarena.py"}
ONE_FILE = {
    "autogluon.tabular.models.mitra": "incontext/mitra.py",
    "causallearn": "causal/discovery.py",
    "dowhy": "causal/scm.py",
}
#: Imported inside functions: each takes from a tenth of a second to seconds.
HEAVY = ("torch", "dowhy", "causallearn", "matplotlib", "sklearn", "tabarena", "ctgan", "imblearn")

#: Torch at the top level, and so imported by nobody at theirs.
MADE_OF_TORCH = {
    "incontext.attention",
    "incontext.fused_attention",
    "incontext.inference_attention",
    "pretraining.loop",
    "pretraining.muon",
    "pretraining.state",
    "pretraining.train",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def level(top: str) -> int:
    return next(k for k, names in enumerate(LEVELS) if top in names)


def imported(path: Path, *, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else ast.walk(tree)
    modules = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_go_down(path):
    room = name_of(path).split("/")[0].removesuffix(".py")
    for module in imported(path):
        if module.startswith("autogluon_causalmix."):
            other = module.split(".")[1]
            if (ROOT / other).exists() or (ROOT / f"{other}.py").exists():
                assert level(other) >= level(room), f"{name_of(path)} imports {module}"
                if other in ("model", "augmented_model"):
                    assert name_of(path) in KNOW_MODEL, f"{name_of(path)} imports the model"


@pytest.mark.parametrize("package", ONE_FILE)
def test_private_and_causal_packages_are_touched_in_one_place(package):
    allowed = ONE_FILE[package]
    users = {name_of(path) for path in MODULES if any(m.startswith(package) for m in imported(path))}
    assert users == set([allowed] if isinstance(allowed, str) else allowed)


def test_no_module_knows_one_generator_from_another():
    """What a generator needs or adds is said by its class, through the hooks of `generators.base`."""
    for path in MODULES:
        name = name_of(path)
        if not name.startswith("generators/"):
            classes = {m for m in imported(path) if m.startswith("autogluon_causalmix.generators.")}
            allowed = ("autogluon_causalmix.generators.base", "autogluon_causalmix.generators.catalogue")
            assert all(module.startswith(allowed) for module in classes), f"{name} imports {classes}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_are_short_and_say_what_they_are(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 330
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{name_of(path)} has no module docstring"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_heavy_packages_are_imported_where_they_are_used(path):
    top = imported(path, top_level_only=True)
    heavy = {module for module in top if module.split(".")[0] in HEAVY}
    heavy |= {module for module in top if module in ("autogluon_causalmix." + name for name in MADE_OF_TORCH)}
    if name_of(path).removesuffix(".py").replace("/", ".") in MADE_OF_TORCH:
        heavy = {module for module in heavy if module.split(".")[0] not in ("torch", "autogluon_causalmix")}
    assert not heavy, f"{name_of(path)} imports {heavy} when it is loaded"


@pytest.mark.slow
def test_importing_the_package_does_not_load_causal_libraries_or_torch():
    code = (
        "import sys, autogluon_causalmix\n"
        "print([m for m in ('torch', 'dowhy', 'causallearn', 'matplotlib.pyplot') if m in sys.modules])"
    )
    baseline = code.replace("autogluon_causalmix", "autogluon.tabular")
    loaded = [
        subprocess.run([sys.executable, "-c", c], capture_output=True, text=True, check=True).stdout.splitlines()[-1]
        for c in (code, baseline)
    ]
    assert loaded[0] == loaded[1], "no more than AutoGluon itself loads"
