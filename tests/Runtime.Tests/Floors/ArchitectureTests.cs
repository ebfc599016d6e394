using System.Text.RegularExpressions;
using Islet.Testing.Support;
using Islet.Tests.Images;

namespace Islet.Tests.Floors;

/// <summary>Checks the arrows of docs/design/architecture.md in src/Runtime.</summary>
public sealed partial class ArchitectureTests() : FloorTests(
    "src/Runtime", "Islet",

    // From the lowest floor up. "." is the root: the builder, the runtime and its options.
    ["Values"],
    ["Diagnostics"],
    ["Storage", "Tar"],
    ["Agent", "Network"],
    ["VirtualMachines"],
    ["Images"],
    ["Disks", "Waiting", "Snapshots"],
    ["Description", "Machines"],
    ["Files", "Engine"],
    ["Starting"],
    ["Containers"],
    ["."],
    ["DependencyInjection"])
{
    // A type that many others know and that knows many others itself has to be read together with all of them.
    [Fact]
    public void No_more_than_six_types_use_one_another_in_a_circle()
    {
        IEnumerable<string> knots = Knots.In(SourceArrows.Of(Folder, "Islet"))
            .Where(knot => knot.Count > 6).Select(knot => string.Join(" ", knot));
        Assert.Equal("", string.Join("; ", knots));
    }

    [Fact]
    public void Container_knows_its_parts_and_what_callers_see()
    {
        string[] used = [.. SourceArrows.Of(Folder, "Islet")
            .Where(arrow => arrow.From == nameof(Container)).Select(arrow => arrow.To).Distinct().Order()];
        Assert.True(used.Length <= 30, $"Container uses {used.Length} types: {string.Join(" ", used)}");
    }

    [Fact]
    public void Knots_are_found()
    {
        Arrow[] arrows =
        [
            Use("A", "B"), Use("B", "C"), Use("C", "A"), Use("C", "D"), Use("D", "E"), Use("E", "D"), Use("E", "F"), Use("F", "G"),
        ];
        Assert.Equal(["A B C", "D E"], Knots.In(arrows).Select(knot => string.Join(" ", knot)).Order());

        static Arrow Use(string from, string to) => new("folder", from, "folder", to);
    }

    [Fact]
    public void Arrows_are_found_through_every_kind_of_use()
    {
        using var folder = new TemporaryDirectory();
        Write("Low/Ground.cs", "namespace N; public class Ground { public static int Count; public class Inner; "
            + "} public static class GroundExtensions { public static int Twice(this int n) => n; }");
        Write("High/Base.cs", "namespace M; class Base : N.Ground;");
        Write("High/Field.cs", "using static N.Ground; namespace M; class Field { int n = Count; }");
        Write("High/Extension.cs", "using N; namespace M; class Extension { int n = 1.Twice(); }");
        Write("High/Parameter.cs", "namespace M; class Parameter { void Take(System.Collections.Generic.List<N.Ground.Inner> all) { } }");
        Write("High/Nothing.cs", "namespace M; class Nothing { string Ground = \"Ground\"; }");

        Assert.Equal(
            ["Base → Ground", "Extension → GroundExtensions", "Field → Ground", "Field.cs → Ground", "Parameter → Ground"],
            SourceArrows.Of(folder.Path, "N").Where(arrow => arrow.ToFolder == "Low" && arrow.FromFolder == "High")
                .Select(arrow => $"{arrow.From} → {arrow.To}").Distinct().Order());

        void Write(string name, string text)
        {
            string path = Path.Combine(folder.Path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }

    [Fact]
    public void Unsafe_code_is_only_where_it_belongs()
    {
        string source = Path.GetDirectoryName(Folder)!;
        IEnumerable<string> files = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Where(file => UnsafeCode().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(source, file));
        Assert.DoesNotContain(files, file => !file.StartsWith("Native/", StringComparison.Ordinal)
            && !file.StartsWith("Guest/Linux/", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\bunsafe\s*(\{|(static|partial|class|struct|void|delegate)\b)|\[LibraryImport|\[DllImport")]
    private static partial Regex UnsafeCode();
}
