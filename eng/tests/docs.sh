#!/usr/bin/env bash
# Every relative link, anchor and path in the pages leads somewhere, and the site of the docs builds without a warning.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
source "$here/../lib/report.sh"

python3 "$here/../lib/check_links.py"

# The check finds each kind of fault.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git init -q "$work/pages"
cat >"$work/pages/page.md" <<'END'
# A page
[a file](missing.md), [a heading](#a-pag), [outside](../../etc), src/Missing/File.cs and [good](#a-page).
END
found=$(python3 "$here/../lib/check_links.py" "$work/pages" 2>/dev/null | wc -l) || true
(( found == 4 )) || fail "the check of links found $found faults in a page that has four."

cd "$root"
restored=$(dotnet tool restore 2>&1) || {
    say "skipped the site: docfx can't be restored here: $(tail -n 1 <<<"$restored")"
    exit 77
}
"$here/../build-docs.sh" "$work/site"
