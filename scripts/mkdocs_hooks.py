"""Put the pages that lie outside of docs/ on the site too, and let links lead to where they are there.

GitHub shows pages where they lie in the repository; on the site, docs/ is the root. Both follow the same links.
"""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parent.parent

OUTSIDE: Final = ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "models/*.md", "models/LICENSE*", "examples/*")
"""What goes along from elsewhere in the repository."""

LINK: Final = re.compile(r"\]\(([^)\s#:]+)(#[^)\s]*)?\)")
"""A link to a file of the repository."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what lies outside of docs/."""
    for pattern in OUTSIDE:
        for path in sorted(ROOT.glob(pattern)):
            files.append(File.generated(config, path.relative_to(ROOT).as_posix(), content=path.read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Page, **_others: object) -> str:
    """Turn links between places in the repository into links between places on the site."""
    here = PurePosixPath(page.file.src_uri)
    lies = here if page.file.generated_by else "docs" / here
    return LINK.sub(lambda link: f"]({_on_site(link[1], lies, here)}{link[2] or ''})", markdown)


def _on_site(link: str, lies: PurePosixPath, here: PurePosixPath) -> str:
    """Return a link of a page that lies at one place in the repository, and at another on the site."""
    target = PurePosixPath(normpath(lies.parent / link))
    if (ROOT / target).is_dir():
        target /= "README.md"
    if target.is_relative_to("docs"):
        target = target.relative_to("docs")
    elif target == PurePosixPath("README.md"):
        target = PurePosixPath("index.md")
    return relpath(target, here.parent)
