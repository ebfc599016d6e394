"""Reads a TRX report: prints its failed tests with their messages and its skipped ones with their reasons, and last a line
"PASSED FAILED SKIPPED". Fails when the file is missing or is not a whole report.

    read_results.py REPORT
"""

import re
import sys
import textwrap
import xml.etree.ElementTree as xml

NAMESPACE = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}


def text(result, path):
    # xUnit escapes quotes and backslashes as if for a string literal.
    return re.sub(r'\\(["\\])', r"\1", result.findtext(path, "", NAMESPACE) or "").strip()


def main(report):
    counts = {"Passed": 0, "Failed": 0, "NotExecuted": 0}
    for result in xml.parse(report).iterfind("t:Results/t:UnitTestResult", NAMESPACE):
        name, outcome = result.get("testName"), result.get("outcome")
        if outcome == "NotRunnable":
            continue  # an explicit test: the entry point of a child process that another test starts
        outcome = outcome if outcome in counts else "Failed"
        counts[outcome] += 1
        if outcome == "Failed":
            print(f"  FAILED {name}")
            print(textwrap.indent(text(result, "t:Output/t:ErrorInfo/t:Message"), "         "))
            print(textwrap.indent("\n".join(text(result, "t:Output/t:ErrorInfo/t:StackTrace").splitlines()[:6]), "         "))
        elif outcome == "NotExecuted":
            reason = text(result, "t:Output/t:ErrorInfo/t:Message") or text(result, "t:Output/t:StdOut") or "no reason given"
            print(f"  skipped {name}: {reason}")
    print(*counts.values())


if __name__ == "__main__":
    main(sys.argv[1])
