"""A real browser, which opens pages as files and tells what it did."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
)
MERMAID = "12.3.0"
_GRAPH = "document.getElementById('picture')._cyreg.cy"


class Browser:
    """A browser with one page open."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, file: Path) -> None:
        """Open a file, and forget what was logged before."""
        self.driver.get("about:blank")
        self.console()
        self.requests()
        self.driver.get(file.as_uri())

    def open_view(self, file: Path) -> None:
        """Open a view, and wait until it is drawn."""
        self.open(file)
        self.wait("document.documentElement.dataset.ready === 'yes'")

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: str) -> None:
        """Wait until something is so."""
        WebDriverWait(self.driver, 10).until(lambda driver: self.js(f"return {condition}"))

    def rest(self) -> None:
        """Wait until nothing moves."""
        self.wait(f"!{_GRAPH}.animated()")

    def get(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    @property
    def focus(self) -> WebElement:
        return self.driver.switch_to.active_element

    @property
    def status(self) -> str:
        return self.get("#status").text

    def marked(self, name: str) -> set[str]:
        """Return the labels of the things in the picture that are marked in a way."""
        return set(
            self.js(
                f"""const known = JSON.parse(document.getElementById("data").textContent).nodes;
                const ids = new Set({_GRAPH}.nodes("." + arguments[0]).map((node) => node.id()));
                return known.filter((node) => ids.has(node.id)).map((node) => node.label);""",
                name,
            )
        )

    def shown(self) -> set[str]:
        """Return the labels of the things that can be seen."""
        return self.marked("thing") - self.marked("gone")

    def lines(self) -> int:
        """Return how many relations are drawn."""
        count: int = self.js(
            f"return {_GRAPH}.edges().filter((edge) => edge.style('display') !== 'none').length"
        )
        return count

    def zoom(self) -> float:
        return float(self.js(f"return {_GRAPH}.zoom()"))

    def click(self, label: str, times: int = 1) -> None:
        """Click on a thing in the picture."""
        self.rest()
        x, y = self.place(label)
        action = ActionBuilder(self.driver)
        action.pointer_action.move_to_location(x, y)  # type: ignore[no-untyped-call]
        for _ in range(times):
            action.pointer_action.click()
        action.perform()
        self.rest()

    def place(self, label: str) -> tuple[int, int]:
        """Return where a thing is on the screen."""
        x, y = self.js(
            f"""const known = JSON.parse(document.getElementById("data").textContent).nodes;
            const {{ id }} = known.find((node) => node.label === arguments[0]);
            const {{ x, y }} = {_GRAPH}.getElementById(id).renderedPosition();
            const box = document.getElementById("picture").getBoundingClientRect();
            return [x + box.x, y + box.y];""",
            label,
        )
        return round(x), round(y)

    def _log(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.driver.get_log(name)  # type: ignore[no-untyped-call]
        return found

    def console(self) -> list[str]:
        """Return what was written to the console since the last time."""
        return [entry["message"] for entry in self._log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for since the last time."""
        entries = [json.loads(e["message"])["message"] for e in self._log("performance")]
        return [
            entry["params"]["request"]["url"]
            for entry in entries
            if entry["method"] == "Network.requestWillBeSent"
        ]


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Chromium without a window, as new."""
    binary, service = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not service:
        pytest.skip("no Chromium and ChromeDriver")
    os.environ["SE_AVOID_STATS"] = os.environ["SE_OFFLINE"] = "true"
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(service))
    yield found
    found.quit()


@pytest.fixture
def browser(driver: webdriver.Chrome) -> Browser:
    """The browser."""
    return Browser(driver)


@pytest.fixture(scope="session")
def mermaid(request: pytest.FixtureRequest) -> Path:
    """Mermaid's script from npm, kept in pytest's cache."""
    cache = request.config.cache
    assert cache is not None
    folder = cache.mkdir("mermaid")
    script = folder / MERMAID / "package" / "dist" / "mermaid.min.js"
    if script.exists():
        return script
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("no npm")
    command = [npm, "pack", "--silent", "--fetch-retries=1", f"mermaid@{MERMAID}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm has no mermaid: {done.stderr.strip()[-200:]}")
    archive = folder / done.stdout.split()[-1]
    with tarfile.open(archive) as packed:
        packed.extract("package/dist/mermaid.min.js", folder / MERMAID, filter="data")
    archive.unlink()
    return script
