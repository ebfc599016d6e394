"""Checks that comments, messages and pages are written plainly: subject first, and the thing named. It looks at the folders below that
are clean; a folder that becomes clean is added to CLEAN.

    check_words.py                   fails with each place in the clean folders
    check_words.py --count [PATH …]  counts the hits by pattern, in the paths or in all that is not clean yet
    check_words.py --list PATH …     lists the hits in these paths

A doc comment begins with a verb or a noun, that of a boolean with "Whether". A word in `code` or alone in quotation marks is no prose.
"""

import collections
import io
import pathlib
import re
import subprocess
import sys
import tokenize

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Paths are prefixes, of which the longest counts; those with a star are names of files at the root.
CLEAN = [
    ".ci/", ".devcontainer/", ".github/", "docs/", "eng/", "samples/", "src/", "tests/", "benchmarks/", "*.md", "*.sh", "*.props",
]
NOT_YET = ["kernel/"]

# Files that are not ours to word, or that quote what is checked for.
IGNORED = ["LICENSE", "eng/lib/check_words.py", "eng/tests/words.sh", "eng/browser/package-lock.json", "kernel/patches/"]

# name of the pattern, what to write, the expression: searched in each line of prose
WORDS = [
    ("nobody", "name the one who does not, or use the passive", r"\b(?:nobody|no one)\b"),
    ("whoever", "name the one: the caller, the client, the process that", r"\b(?:whoever|whomever|whosoever)\b"),
    ("somebody", "name the one: a user, another process", r"\b(?:somebody|someone|anybody|anyone|everybody|everyone)\b"),
    ("in place of", "instead of", r"\bin (?:place of|its place|their place|his place)\b"),
    ("beside", "next to, besides, in addition to, at the same time as", r"\bbeside\b"),
    ("anew", "again", r"\banew\b"),
    ("for ever", "forever", r"\bfor ever\b"),
    ("affair", "leave it out, or say whose responsibility it is", r"\baffairs?\b"),
    ("one's own", "say whose", r"\bone's own\b"),
]

# Searched at the beginning of a sentence in ordinary comments and in pages, unless the sentence is a question.
OPENING = ("sentence: What, Who", "name the thing that does it", r"^(?:What|Who|Whose|Whom)\b")

# Searched at the beginning of the text of a doc comment's element, in C#.
ELEMENTS = [
    ("summary: What, Who", "begin with a verb or a noun", r"^(?:What|Who|Whose|Whom|Whoever)\b", "summary"),
    ("summary: Where, How …", "begin with a verb or a noun", r"^(?:Where|When|How|Why|Which)\b", "summary"),
    ("summary: a question", 'begin with "Whether"', r"^(?:Is|Are|Was|Were|Do|Does|Did|Has|Have|Had|Can|Could|May|Must)\b[^.]*\?", "summary"),
    ("returns: What, Who", "name the thing", r"^(?:What|Who|Whose|Whom|Whoever)\b", "param|returns|value|typeparam|exception"),
]

SENTENCE = re.compile(r"(?<=[.!?:;])\s+(?=[A-Z])")
QUOTED = re.compile(r"`[^`]*`|(?<!\w)'[^\s']*'|\"[^\s\"]*\"|<c>[^<]*</c>|(?<=\])\([^)\s]*\)")


def tracked():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True,
                            stdout=subprocess.PIPE)
    return sorted({name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()})


def nearest(name, places):
    """The length of the longest of the places that the file is in, or -1."""
    found = -1
    for place in places:
        if name.startswith(place) or (place.startswith("*") and "/" not in name and name.endswith(place[1:])):
            found = max(found, len(place))
    return found


def within(name, places):
    return nearest(name, places) >= 0


def is_clean(name):
    return nearest(name, CLEAN) > nearest(name, NOT_YET)


# The prose of each kind of file: pairs of a line's number and its text.

C_TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<raw>"""+.*?"""+)|(?P<string>[@$]*"(?:\\.|[^"\\\n])*")|(?P<char>\'(?:\\.|[^\'\\\n])+\')', re.S)


def prose_of_c(text):
    for token in C_TOKEN.finditer(text):
        first = text.count("\n", 0, token.start()) + 1
        if token.lastgroup == "char":
            continue
        body = token.group()
        if token.lastgroup != "comment":
            body = body.strip('"@$')
            if body.count(" ") < 2:
                continue
        for offset, line in enumerate(body.splitlines()):
            yield first + offset, line


def prose_of_python(text):
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING) or tokenize.tok_name[token.type] == "FSTRING_MIDDLE":
            if token.type == tokenize.STRING and token.string.count(" ") < 2:
                continue
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, line.strip("\"' ") if token.type == tokenize.STRING else line


def prose_of_text(text):
    yield from enumerate(text.splitlines(), 1)


def prose(name, text):
    suffix = pathlib.PurePath(name).suffix
    if suffix in (".cs", ".c", ".h", ".proto", ".mjs", ".go"):
        return prose_of_c(text)
    if suffix == ".py":
        return prose_of_python(text)
    return prose_of_text(text)


def elements(text):
    """Yields line, element and text of each element of the doc comments in C#."""
    block, start = [], 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        stripped = line.strip()
        if stripped.startswith("///"):
            start = start if block else number
            block.append(stripped[3:].strip())
            continue
        if block:
            joined = "\n".join(block)
            for match in re.finditer(r"<(summary|param|returns|value|typeparam|exception)\b[^>/]*>(.*?)</\1>", joined, re.S):
                content = re.sub(r"<[^>]*?\"(?:[TPMF]:)?([^\"]*)\"\s*/>", r"\1", match.group(2))
                yield start + joined.count("\n", 0, match.start()), match.group(1), " ".join(content.split())
            block = []


def opening_lines(name, text):
    """Lines at which a paragraph, an entry of a list or a comment begins, with their text."""
    suffix = pathlib.PurePath(name).suffix
    if suffix == ".md":
        fenced, previous = False, ""
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip()
            if stripped.startswith("```"):
                fenced = not fenced
            if not fenced and stripped and not stripped.startswith(("#", "|", "<", "```", "- [")):
                text_of = re.sub(r"^(?:[-*]|\d+\.)\s+", "", stripped)
                begins = not previous or text_of != stripped
                yield number, re.sub(r"^\*+", "", text_of), begins
            previous = stripped
    else:
        mark = r"^\s*//(?!/)\s*(.*)" if suffix in (".cs", ".c", ".h", ".proto", ".mjs", ".go") else r"^\s*#(?!!)\s*(.*)"
        last = -2
        for number, line in enumerate(text.splitlines(), 1):
            found = re.match(mark, line)
            if found and not (suffix in (".props", ".targets", ".csproj", ".json")):
                yield number, found.group(1), number != last + 1
                last = number


def hits(name):
    """Yields line, name of the pattern, advice and the line's text."""
    text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    for number, line in prose(name, text):
        plain = QUOTED.sub(" ", line)
        for pattern, advice, expression in WORDS:
            for _ in re.finditer(expression, plain, re.I):
                yield number, pattern, advice, line
    for number, line, begins in opening_lines(name, text):
        for position, sentence in enumerate(SENTENCE.split(line)):
            if (begins or position > 0) and re.match(OPENING[2], sentence) and "?" not in sentence:
                yield number, OPENING[0], OPENING[1], line
    if name.endswith(".cs"):
        for number, element, content in elements(text):
            for pattern, advice, expression, of in ELEMENTS:
                if re.fullmatch(of, element) and re.match(expression, content):
                    yield number, pattern, advice, lines[number - 1]


def text_files(names):
    for name in names:
        if within(name, IGNORED):
            continue
        with open(ROOT / name, "rb") as file:
            if b"\0" not in file.read(4096):
                yield name


def main(arguments):
    names = list(text_files(tracked()))
    if arguments[:1] in (["--count"], ["--list"]):
        paths = arguments[1:]
        names = [name for name in names if within(name, paths)] if paths else [name for name in names if not is_clean(name)]
    elif arguments:
        sys.exit(__doc__)
    else:
        names = [name for name in names if is_clean(name)]

    found = [(name, *hit) for name in names for hit in sorted(hits(name))]
    if arguments[:1] == ["--count"]:
        counts = collections.Counter((hit[2], name_of(hit[0])) for hit in found)
        folders = sorted({folder for _, folder in counts})
        print("pattern", *folders, sep="\t")
        for pattern in dict.fromkeys([item[0] for item in WORDS] + [OPENING[0]] + [item[0] for item in ELEMENTS]):
            print(pattern, *(counts[pattern, folder] for folder in folders), sep="\t")
        return
    for name, number, pattern, advice, line in found:
        print(f"{name}:{number}: {pattern} → {advice}: {line.strip()[:160]}")
    if arguments[:1] == ["--list"]:
        return
    if found:
        sys.exit(f"error: {len(found)} places are not plain English. The arrow says what to write.")
    print(f"{len(names)} files are free of the words that are listed in eng/lib/check_words.py")


def name_of(name):
    return "/".join(name.split("/")[:1 if name.startswith("tests") or "/" not in name else 2]) if "/" in name else "."


if __name__ == "__main__":
    main(sys.argv[1:])
