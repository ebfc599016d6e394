namespace Islet.Tests.Disks;

/// <summary>A filesystem mounted by this machine's kernel. That takes root, and a system with loop devices.</summary>
internal sealed class MountedRootfs : IDisposable
{
    private MountedRootfs(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts the filesystem, or skips the test with the message of mount.</summary>
    public static MountedRootfs Mount(BuiltRootfs rootfs, string options)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a filesystem.");
        string path = Directory.CreateTempSubdirectory("islet-mount-").FullName;
        ToolResult result = ExternalTool.Require("mount", "mount").Run("-t", "ext4", "-o", "loop," + options, rootfs.Path, path);
        if (result.ExitCode != 0)
            Directory.Delete(path);
        Assert.SkipWhen(result.Error.Contains("loop", StringComparison.Ordinal), "There are no loop devices here: " + result.Error);
        Assert.True(result.ExitCode == 0, result.Error);
        return new MountedRootfs(path);
    }

    public void Dispose()
    {
        ToolResult result = ExternalTool.Require("umount", "mount").Run(Path);
        Assert.True(result.ExitCode == 0, result.Error);
        Directory.Delete(Path);
    }
}
