using System.Text.RegularExpressions;

namespace Islet;

/// <summary>Keeps the arrows of docs/design/architecture.md: which folder of src/Runtime may know which.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> s_mayUse = new()
    {
        ["Diagnostics"] = [],
        ["Tar"] = [],
        ["DependencyInjection"] = ["Diagnostics"],
        ["Images"] = ["Tar", "Diagnostics"],
        ["Filesystems"] = ["Images", "Tar", "Diagnostics"],
        ["VirtualMachines"] = ["Diagnostics"],
        ["Agent"] = ["Diagnostics"],
        ["Network"] = ["Diagnostics"],
        ["Snapshots"] = ["VirtualMachines", "Agent", "Network", "Filesystems", "Images", "Diagnostics"],
        ["Containers"] = ["Snapshots", "VirtualMachines", "Agent", "Network", "Filesystems", "Images", "Tar", "Diagnostics"],
    };

    public static TheoryData<string> Folders => [.. s_mayUse.Keys];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_uses_only_those_below_it(string folder)
    {
        string[] allowed = [folder, .. s_mayUse[folder]];
        List<string> broken = [];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RuntimeFolder(), folder), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match name in QualifiedName().Matches(File.ReadAllText(file)))
            {
                string used = name.Groups["folder"].Value;
                if (s_mayUse.ContainsKey(used) && !allowed.Contains(used))
                    broken.Add($"{Path.GetFileName(file)} uses Islet.{used}");
            }
        }

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_folder_of_the_runtime_has_its_place_in_the_picture()
    {
        IEnumerable<string?> folders = Directory.EnumerateDirectories(RuntimeFolder()).Select(Path.GetFileName)
            .Where(name => name is not ("bin" or "obj"));
        Assert.Empty(folders.Except(s_mayUse.Keys));
    }

    [Fact]
    public void Unsafe_code_is_only_where_it_belongs()
    {
        string source = Path.GetDirectoryName(RuntimeFolder())!;
        IEnumerable<string> files = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Where(file => UnsafeCode().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(source, file));
        Assert.DoesNotContain(files, file => !file.StartsWith("Native/", StringComparison.Ordinal) && !file.StartsWith("Guest/Linux/", StringComparison.Ordinal));
    }

    private static string RuntimeFolder()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Integration.sln")))
            directory = directory.Parent;
        return Path.Combine(Assert.IsType<DirectoryInfo>(directory).FullName, "src", "Runtime");
    }

    [GeneratedRegex(@"\bIslet\.(?<folder>[A-Z]\w+)")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"\bunsafe\s*(\{|(static|partial|class|struct|void|delegate)\b)|\[LibraryImport|\[DllImport")]
    private static partial Regex UnsafeCode();
}
