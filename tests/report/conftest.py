"""The browser that pages are opened in."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def chromium() -> str:
    found = os.environ.get("VS_LIPSYNC_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )
    if found is None:
        pytest.skip("there is no Chromium to open the page in (on the PATH, or VS_LIPSYNC_CHROMIUM)")
    return str(found)
