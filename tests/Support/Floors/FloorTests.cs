namespace Islet.Testing.Support;

/// <summary>
/// Checks that the folders of an assembly's sources stand on floors, and that each uses only folders on floors below its own.
/// </summary>
/// <param name="folder">The sources' folder, from the root of the repository.</param>
/// <param name="assembly">The name of the assembly.</param>
/// <param name="floors">The folders of each floor, from the lowest up; "." is the root of the sources.</param>
public abstract class FloorTests(string folder, string assembly, params string[][] floors)
{
    /// <summary>The full path of the sources.</summary>
    protected string Folder { get; } = Path.Combine(Root(), folder);

    [Fact]
    public void Every_arrow_points_down()
    {
        Dictionary<string, int> floor = floors.SelectMany((folders, floor) => folders.Select(folder => (folder, floor)))
            .ToDictionary(at => at.folder, at => at.floor);
        IEnumerable<Arrow> forbidden = SourceArrows.Of(Folder, assembly)
            .Where(arrow => arrow.FromFolder != arrow.ToFolder && floor[arrow.ToFolder] >= floor[arrow.FromFolder]);
        Assert.Empty(forbidden.Select(arrow => arrow.ToString()));
    }

    [Fact]
    public void Every_folder_has_its_floor()
    {
        IEnumerable<string?> folders = Directory.EnumerateDirectories(Folder).Select(Path.GetFileName)
            .Where(name => name is not ("bin" or "obj"));
        Assert.Equal(floors.SelectMany(folders => folders).Except(["."]).Order(), folders.Order());
    }

    private static string Root()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Integration.sln")))
            directory = directory.Parent;
        return Assert.IsType<DirectoryInfo>(directory).FullName;
    }
}
