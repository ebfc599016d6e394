"""Lays out the pages for docfx: docs/ as it is, and the pages beyond it that belong to the site (the README, those of the packages, the
specification and others). A link to a page becomes a link within the site. A link to anything else, such as a source file, becomes a link to
the repository if ISLET_REPOSITORY_URL says where that is (https://…/blob/main), and else its text alone.

    stage_docs.py FOLDER
"""

import os
import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPOSITORY = os.environ.get("ISLET_REPOSITORY_URL", "").rstrip("/")

# page of the repository → page of the site, by folder of the site: its toc has the titles in this order
PAGES = {
    "": [("README.md", "index.md", "Islet")],
    "packages": [
        ("src/Runtime/README.md", "islet.md", "Islet"),
        ("src/Modules/README.md", "modules.md", "Islet.Modules"),
        ("src/Testing/README.md", "testing.md", "Islet.Testing"),
        ("src/Testing.Xunit/README.md", "testing-xunit.md", "Islet.Testing.Xunit"),
        ("src/Testing.NUnit/README.md", "testing-nunit.md", "Islet.Testing.NUnit"),
        ("src/Testing.MSTest/README.md", "testing-mstest.md", "Islet.Testing.MSTest"),
        ("src/Aspire/README.md", "aspire.md", "Islet.Aspire"),
        ("samples/AspireShop/README.md", "aspire-shop.md", "A sample with Aspire"),
    ],
    "project": [
        ("SPECIFICATION.md", "specification.md", "Specification"),
        ("SECURITY.md", "security.md", "Security"),
        ("CHANGELOG.md", "changelog.md", "Changelog"),
        ("CONTRIBUTING.md", "contributing.md", "Contributing"),
        ("eng/README.md", "scripts.md", "Scripts"),
        ("CODE_OF_CONDUCT.md", "code-of-conduct.md", "Code of conduct"),
    ],
}

FENCE = re.compile(r"^\s*(```+|~~~+)")
LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")


def site_pages():
    """Maps each page of the repository that is on the site to its place there."""
    pages = {path: path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    for folder, entries in PAGES.items():
        for source, name, _ in entries:
            pages[ROOT / source] = pathlib.PurePosixPath(folder) / name
    return pages


def rewrite(text, page, place, pages):
    def link(match):
        target = match["target"]
        if re.match(r"[a-z][a-z0-9+.-]*:", target) or target.startswith("#"):
            return match[0]
        path, mark, anchor = target.partition("#")
        found = (page.parent / path).resolve()
        # The folder of a package, or of the docs, stands for its README.
        if found.is_dir() and found / "README.md" in pages:
            found = found / "README.md"
        if found in pages:
            return f"{match['image']}[{match['text']}]({os.path.relpath(pages[found], place.parent)}{mark}{anchor})"
        if match["image"]:
            return match[0]
        if REPOSITORY:
            return f"[{match['text']}]({REPOSITORY}/{found.relative_to(ROOT)}{mark}{anchor})"
        return match["text"]

    # A link's text may go over the end of a line; a block of code has no links.
    parts, fence = [[]], None
    for line in text.split("\n"):
        edge = FENCE.match(line)
        if fence:
            parts[-1].append(line)
            if edge and edge[1].startswith(fence):
                fence = None
                parts.append([])
        elif edge:
            fence = edge[1]
            parts.append([line])
        else:
            parts[-1].append(line)
    return "\n".join(
        "\n".join(part) if part and FENCE.match(part[0]) else LINK.sub(link, "\n".join(part)) for part in parts if part)


def main(folder):
    folder = pathlib.Path(folder)
    shutil.copytree(ROOT / "docs", folder, dirs_exist_ok=True)
    pages = site_pages()
    for page, place in pages.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(rewrite(page.read_text(encoding="utf-8"), page, place, pages), encoding="utf-8")
    for name, entries in PAGES.items():
        if name:
            toc = "".join(f'- name: "{title}"\n  href: {page}\n' for _, page, title in entries)
            (folder / name / "toc.yml").write_text(toc, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
