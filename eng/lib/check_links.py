"""Checks the links of every Markdown file of this repository: each relative link leads to a file or folder that is there, each
anchor to a heading, and each path below src/, tests/ and the other folders that a page names exists. Links to the web are not
followed.

    check_links.py [FOLDER]      FOLDER: the repository, by default the one that this file is in
"""

import functools
import glob
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

FOLDERS = ("benchmarks", "docs", "eng", "kernel", "samples", "src", "tests")

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.M)
ATTRIBUTE = re.compile(r"<(?:a|img)\b[^>]*\b(?:href|src)=\"([^\"]+)\"")
PATH = re.compile(rf"(?<![\w./$~-])((?:{'|'.join(FOLDERS)})/[\w*][\w./*-]*)")
HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
FENCE = re.compile(r"^\s*(```+|~~~+)")
CODE = re.compile(r"(?<!`)(`+)(?!`)([^\n]+?(?:\n[^\n]+?)?)(?<!`)\1(?!`)")


def markdown_files(root):
    """The Markdown files that belong to the repository, new ones included and ignored ones left out."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"], check=True, stdout=subprocess.PIPE)
    return sorted({path for name in listed.stdout.decode().split("\0") if name and (path := root / name).exists()})


def prose(text):
    """Yields the number of each line outside of code blocks, and the line."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line.strip().strip(fence[0]):
                fence = None
        elif mark:
            fence = mark.group(1)
        else:
            yield number, line


def slug(heading):
    """The anchor that GitHub and docfx give a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@functools.cache
def anchors(path):
    found, counts = set(), {}
    text = path.read_text(encoding="utf-8")
    for _, line in prose(text):
        heading = HEADING.match(line)
        if heading:
            name = slug(heading.group(2))
            count = counts[name] = counts.get(name, -1) + 1
            found.add(f"{name}-{count}" if count else name)
    found.update(re.findall(r"<a\s[^>]*\b(?:id|name)=\"([^\"]+)\"", text))
    return found


def check_link(root, page, target):
    """Returns what is wrong with a link, or nothing."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target) or target.startswith("//"):
        return None
    path, _, anchor = urllib.parse.unquote(target).partition("#")
    if path.startswith("/"):
        return f"the link {target} begins at a root that a checkout does not have; write it relative to the page"
    place = (page.parent / path).resolve() if path else page
    if not place.is_relative_to(root):
        return f"the link {target} leads out of the repository"
    if not place.exists():
        return f"the link {target} leads to nothing"
    if anchor and place.suffix == ".md" and anchor not in anchors(place):
        return f"the link {target} names a heading that {place.relative_to(root)} does not have"
    return None


def faults(root, page):
    """Yields the line and the fault of each link and path of a page."""
    text = page.read_text(encoding="utf-8")
    lines = [""] * (text.count("\n") + 1)
    for number, line in prose(text):
        lines[number - 1] = line
    text = "\n".join(lines)
    # Code in a link's text is no link; its lines are kept, for their numbers.
    plain = CODE.sub(lambda code: "\n" * code.group().count("\n"), text)
    for expression in (LINK, REFERENCE, ATTRIBUTE):
        for match in expression.finditer(plain):
            if problem := check_link(root, page, match.group(1)):
                yield plain.count("\n", 0, match.start()) + 1, problem
    for match in PATH.finditer(re.sub(r"\]\([^)\s]*\)", "]", text)):
        name = match.group(1).rstrip(".").rstrip("/")
        if not glob.glob(str(root / name)) and not glob.glob(str(page.parent / name)):
            yield text.count("\n", 0, match.start()) + 1, f"the path {name} does not exist"


def main(root):
    root = pathlib.Path(root).resolve()
    pages = markdown_files(root)
    found = [(page, number, problem) for page in pages for number, problem in faults(root, page)]
    for page, number, problem in found:
        print(f"{page.relative_to(root)}:{number}: {problem}")
    if found:
        sys.exit(f"error: {len(found)} links or paths lead nowhere. Correct the page, or the link to what was moved.")
    print(f"{len(pages)} pages: every relative link, anchor and path leads somewhere")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
