#!/usr/bin/env bash
# The packages work for a user who has nothing else: projects outside of this checkout, a feed in a folder, caches of their own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
source "$here/../lib/report.sh"

[[ $(uname -m) == x86_64 ]] || { say "skipped: the guest is built for x86-64 only."; exit 77; }

"$root/kernel/build.sh" x86_64
"$here/../build-guest.sh"
"$here/../images/build.sh" postgres debian

work=$(mktemp -d /tmp/islet-packages.XXXXXX)
trap 'rm -rf "$work"' EXIT
version=0.1.0-test.$$
# The binaries are those that the tests run with; only the packages' version is another, so that none of an earlier day is taken for it.
"$here/../pack.sh" "$work/feed" "-p:PackageVersion=$version" -p:ContinuousIntegrationBuild=false >/dev/null

# contains PACKAGE FILE…: exactly these, and the files that every package has.
contains() {
    local package=$1 found expected
    shift
    found=$(python3 -c 'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep="\n")' "$work/feed/$package" \
        | grep -vE '^(_rels/|package/|\[Content_Types\])' | LC_ALL=C sort)
    expected=$(printf '%s\n' "$@" | LC_ALL=C sort)
    [[ $found == "$expected" ]] || fail "$package has other files than promised:" "$(diff <(echo "$expected") <(echo "$found"))"
    say "ok $package"
}

library() { printf '%s\n' "$1.nuspec" README.md "lib/net10.0/$1.dll" "lib/net10.0/$1.xml"; }

mapfile -t own < <(library Islet)
guests=(islet/x86_64/vmlinux islet/x86_64/initramfs.cpio)
arm64=$root/artifacts/guest/arm64
if [[ -e $arm64/Image && -e $arm64/initramfs.cpio ]]; then guests+=(islet/arm64/Image islet/arm64/initramfs.cpio); fi
contains "Islet.$version.nupkg" "${own[@]}" lib/net10.0/Islet.Native.dll lib/net10.0/Islet.Protocol.dll build/Islet.targets buildTransitive/Islet.targets "${guests[@]}"
contains "Islet.$version.snupkg" Islet.nuspec lib/net10.0/Islet.pdb lib/net10.0/Islet.Native.pdb lib/net10.0/Islet.Protocol.pdb
plain=(Islet.Modules Islet.Testing Islet.Testing.Xunit Islet.Testing.NUnit Islet.Testing.MSTest Islet.Aspire)
for name in "${plain[@]}"; do
    mapfile -t own < <(library "$name")
    contains "$name.$version.nupkg" "${own[@]}"
    contains "$name.$version.snupkg" "$name.nuspec" "lib/net10.0/$name.pdb"
done
expected=$(( ${#plain[@]} + 1 )) found=$(find "$work/feed" -name '*.nupkg' | wc -l)
(( found == expected )) || fail "there are $found packages, not $expected."

# Packages of others that are here already need not be fetched again; ours, of this version, are in none of the user's folders.
fallback=${NUGET_PACKAGES:-$HOME/.nuget/packages}
export NUGET_PACKAGES=$work/packages ISLET_CACHE=$work/cache DOTNET_CLI_TELEMETRY_OPTOUT=1
cat >"$work/NuGet.config" <<END
<configuration>
  <packageSources>
    <add key="islet" value="$work/feed" />
  </packageSources>
  <fallbackPackageFolders>
    <add key="user" value="$fallback" />
  </fallbackPackageFolders>
</configuration>
END

# version_of PACKAGE: the version that the checkout uses.
version_of() { sed -n "s/.*Include=\"$1\" Version=\"\([^\"]*\)\".*/\1/p" "$root/Directory.Packages.props"; }

# reference PACKAGE…: ours in the packed version, others' in that of the checkout.
reference() {
    local name
    for name in "$@"; do
        case $name in Islet*) printf '<PackageReference Include="%s" Version="%s" />' "$name" "$version" ;;
                      *)      printf '<PackageReference Include="%s" Version="%s" />' "$name" "$(version_of "$name")" ;; esac
    done
}

# project NAME ITEMS [OUTPUT-TYPE]: as the SDK's template would write it.
project() {
    mkdir -p "$work/$1"
    cat >"$work/$1/$1.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>${3:-Exe}</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>$2</ItemGroup>
</Project>
END
}

# test_to_copy README: the first C# block below its heading, with only the image replaced: no registry is reached from here.
test_to_copy() {
    awk '/^## A test to copy/ { below = 1 } below && /^```$/ { exit } inside { print } below && /^```csharp/ { inside = 1 }' "$root/$1" \
        | sed "s|docker.io/library/postgres:[a-z0-9.-]*|oci:$root/artifacts/images/postgres:latest|"
}

# passes NAME: `dotnet test` in the project's folder runs one test, and it passes. The summary is VSTest's, or Microsoft.Testing.Platform's.
passes() {
    local output
    cd "$work/$1"
    output=$(ISLET_REQUIRE=1 dotnet test 2>&1) || fail "the test of $1 does not pass:" "$output"
    { grep -qE 'Passed! +- Failed: +0, Passed: +1, Skipped: +0' <<<"$output" \
        || { grep -qE '^ *succeeded: 1$' <<<"$output" && grep -qE '^ *skipped: 0$' <<<"$output"; }; } || fail "$1 did not run its test:" "$output"
    say "ok $1"
}

# .NET 10 runs xUnit's tests only when it is told to use their own platform.
testing_platform() { echo '{ "test": { "runner": "Microsoft.Testing.Platform" } }' >"$work/$1/global.json"; }

# The test of the README, in a project that references Islet alone.
sdk=Microsoft.NET.Test.Sdk
project Newcomer "$(reference Islet xunit.v3 xunit.runner.visualstudio $sdk Npgsql)"
test_to_copy README.md >"$work/Newcomer/ShopTests.cs"
testing_platform Newcomer
grep -q 'class ShopTests' "$work/Newcomer/ShopTests.cs" || fail "the README has no test to copy."
passes Newcomer

# Those of the fixtures' READMEs: the guest comes along with packages that only depend on Islet's.
declare -A framework=(
    [Xunit]="xunit.v3 xunit.runner.visualstudio"
    [NUnit]="NUnit NUnit3TestAdapter"
    [MSTest]="MSTest.TestFramework MSTest.TestAdapter")
for name in "${!framework[@]}"; do
    read -ra packages <<<"${framework[$name]}"
    project "Fixtures$name" "$(reference "Islet.Testing.$name" Islet.Modules "${packages[@]}" $sdk Npgsql)"
    test_to_copy "src/Testing.$name/README.md" >"$work/Fixtures$name/OrderTests.cs"
    [[ $name != Xunit ]] || testing_platform "Fixtures$name"
    passes "Fixtures$name"
done

# A program that uses a library that uses Islet, published: as a folder, and as a single file.
project Library "$(reference Islet)" Library
cat >"$work/Library/Greeter.cs" <<END
using Islet;

public static class Greeter
{
    public static async Task<string> GreetAsync()
    {
        await using Container debian = await new ContainerBuilder("oci:$root/artifacts/images/debian:latest")
            .WithCommand("sleep", "infinity").StartAsync();
        return (await debian.ExecAsync(["uname", "-s"])).Stdout;
    }
}
END
project Program '<ProjectReference Include="../Library/Library.csproj" />'
echo 'Console.Write(await Greeter.GreetAsync());' >"$work/Program/Program.cs"
# publish FOLDER ARGUMENT…
publish() {
    local folder=$1 output
    shift
    output=$(cd "$work/Program" && dotnet publish --nologo -o "$work/$folder" "$@" 2>&1) || fail "the program can't be published:" "$output"
    [[ $("$work/$folder/Program") == Linux ]] || fail "the program published with '$*' does not run a container."
    say "ok dotnet publish $*"
}
publish folder
publish single -r linux-x64 --self-contained false -p:PublishSingleFile=true
[[ ! -e $work/single/Islet.dll ]] || fail "the single file is not one: Islet.dll is next to it."

# A program for one runtime identifier has that guest, or both if it asks for them. (A library that it references by project brings both.)
project Direct "$(reference Islet)"
echo 'System.Console.WriteLine();' >"$work/Direct/Direct.cs"
# build FOLDER ARGUMENT…
build() {
    local folder=$1 output
    shift
    output=$(cd "$work/Direct" && dotnet build --nologo -r linux-x64 -o "$work/$folder" "$@" 2>&1) || fail "the program can't be built:" "$output"
}
build one
[[ -e $work/one/islet/x86_64/vmlinux && ! -e $work/one/islet/arm64 ]] || fail "a program for x86-64 has other guests than its own."
build both -p:IsletCopyGuest=all
(( ${#guests[@]} == 2 )) || [[ -e $work/both/islet/arm64/Image ]] || fail "a program that asked for both guests has none for arm64."
say "ok guests"
