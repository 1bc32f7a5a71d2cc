"""A headless Chromium without a network, and what it asked for, complained of and showed."""

import io
import json
import shutil
from contextlib import contextmanager

import numpy as np
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.actions.action_builder import ActionBuilder

PROGRAMS = [shutil.which(name) for name in ("chromium", "chromedriver")]

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--window-size=1600,1000"),
    # A request to anywhere fails, and so is an error on the console too.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@contextmanager
def chromium(profile):
    """A browser with an empty profile folder, closed at the end."""
    chromium, driver = PROGRAMS
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        # The page that a new window shows asks for things of its own.
        browser.get("about:blank")
        asked_elsewhere(browser)
        errors(browser)
        yield browser
    finally:
        browser.quit()


def asked_elsewhere(browser):
    """Addresses that were asked for since the last time, but for files and what pages hold themselves."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    ]
    return [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))]


def errors(browser):
    """Errors on the console since the last time."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def screenshot(browser, path):
    """Save what is shown; returns the share of the pixels right of the menu that are not white."""
    browser.switch_to.default_content()
    shown = browser.get_screenshot_as_png()
    path.write_bytes(shown)
    left = browser.execute_script("return document.querySelector('nav').getBoundingClientRect().right")
    pixels = np.asarray(Image.open(io.BytesIO(shown)).convert("L"))[:, int(left) + 1 :]
    return (pixels < 250).mean()


def point_at(browser, x, y):
    """Move the pointer to a place in the window."""
    actions = ActionBuilder(browser)
    actions.pointer_action.move_to_location(round(x) - 2, round(y))
    actions.pointer_action.move_to_location(round(x), round(y))
    actions.perform()
