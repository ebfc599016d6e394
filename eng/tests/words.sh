#!/usr/bin/env bash
# Comments, messages and pages are written plainly: subject first, the thing named. The patterns and the folders are in check_words.py.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../lib/report.sh"

python3 "$here/../lib/check_words.py"

# The check finds each kind of fault, and leaves code, names and questions alone.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/sample.cs" <<'END'
/// <summary>What a sample is.</summary>
/// <summary>How it is used.</summary>
/// <summary>Is it a sample?</summary>
/// <returns>Who made it.</returns>
// Made anew. What is left goes. What is left?
string text = "it is in place of another", user = "nobody", nobody = text;
/// <summary>Whether <c>nobody</c> runs it, forever.</summary>
END
found=$(PYTHONPATH=$here/../lib PYTHONDONTWRITEBYTECODE=1 python3 -c '
import sys, check_words
print(*sorted(pattern for _, pattern, _, _ in check_words.hits(sys.argv[1])), sep="|")' "$work/sample.cs")
expected='anew|in place of|returns: What, Who|sentence: What, Who|summary: What, Who|summary: Where, How …|summary: a question'
[[ $found == "$expected" ]] || fail "the check of words found other faults than the sample has:" "$found" "$expected"
