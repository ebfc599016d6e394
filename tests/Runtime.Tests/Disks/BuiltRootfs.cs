using Islet.Disks;
using Islet.Disks.Ext4;
using Microsoft.Win32.SafeHandles;

namespace Islet.Tests.Disks;

/// <summary>A filesystem made from layers in a temporary file, with methods to inspect it.</summary>
internal sealed class BuiltRootfs : IDisposable
{
    private BuiltRootfs(string path) => Path = path;

    public string Path { get; }

    /// <summary>The space that the file really takes on the disk, in bytes.</summary>
    public long AllocatedBytes => long.Parse(ExternalTool.Require("stat", "coreutils").Run("-c", "%b", Path).Output) * 512;

    public static BuiltRootfs From(params LayerArchive[] layers) => From([.. layers.Select(layer => layer.ToLayer())]);

    public static BuiltRootfs From(IReadOnlyList<LayerSource> layers, IReadOnlyList<string>? volumes = null)
    {
        var rootfs = new BuiltRootfs(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"islet-test-{Guid.NewGuid():n}.ext4"));
        try
        {
            using SafeFileHandle file = File.OpenHandle(rootfs.Path, FileMode.CreateNew, FileAccess.ReadWrite);
            RootfsBuilder.Build(layers, file, Ext4Identity.From("test"), volumes, TestContext.Current.CancellationToken);
            return rootfs;
        }
        catch
        {
            rootfs.Dispose();
            throw;
        }
    }

    public SortedDictionary<string, Ext4File> ReadTree()
    {
        using var reader = new Ext4Reader(Path);
        return reader.ReadTree();
    }

    public byte[] ReadContent(string path)
    {
        using var reader = new Ext4Reader(Path);
        return reader.ReadContent(reader.ReadTree()[path]);
    }

    public string ReadText(string path) => System.Text.Encoding.Latin1.GetString(ReadContent(path));

    /// <summary>Has e2fsck check every structure; skips the test where there is no e2fsck.</summary>
    public void AssertClean()
    {
        ToolResult result = ExternalTool.Require("e2fsck", "e2fsprogs").Run("-fn", Path);
        Assert.True(result.ExitCode == 0, $"e2fsck is not content with {Path}:\n{result.Output}{result.Error}");
    }

    public void Dispose() => File.Delete(Path);
}
