"""Compares the versions that projects ask for with those that were restored, from each obj/project.assets.json below this folder."""

import json
import pathlib
import sys

different = []
checked = 0
for path in sorted(pathlib.Path.cwd().glob("*/**/obj/project.assets.json")):
    assets = json.loads(path.read_text())
    restored = dict(library.split("/") for library in assets["libraries"])
    for framework in assets["project"]["frameworks"].values():
        for name, wanted in framework.get("dependencies", {}).items():
            checked += 1
            version = wanted["version"].strip("[]() ").split(",")[0].strip()
            found = restored.get(name)
            if found != version:
                different.append(f"{path.parent.parent.name}: {name} is pinned to {version}, but the feed gave {found}")

if different:
    print("These packages were restored in another version than Directory.Packages.props pins. Use a feed that has the pinned ones:")
    print("\n".join(different))
    sys.exit(1)
if checked == 0:
    print("No project has been restored yet: build Integration.sln first.")
    sys.exit(1)
print(f"{checked} references have the pinned version.")
