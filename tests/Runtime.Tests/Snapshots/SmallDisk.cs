using System.Diagnostics;
using System.Globalization;
using Islet.Native.Posix;

namespace Islet.Tests.Snapshots;

/// <summary>A small filesystem in memory that is quickly full. Only root can mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk MountOrSkip(int mebibytes)
    {
        Assert.SkipWhen(!OperatingSystem.IsLinux() || CurrentUser.Id != 0, "only root can mount a small tmpfs");
        string path = Directory.CreateTempSubdirectory("islet-disk-").FullName;
        string size = string.Create(CultureInfo.InvariantCulture, $"size={mebibytes}m");
        bool mounted = Run("mount", "-t", "tmpfs", "-o", size, "tmpfs", path);
        if (!mounted)
            Directory.Delete(path);
        Assert.SkipUnless(mounted, "this root may not mount");
        return new SmallDisk(path);
    }

    /// <summary>Uses all remaining space.</summary>
    public void Fill()
    {
        using FileStream file = File.Create(System.IO.Path.Combine(Path, "filler"), 1);
        byte[] block = new byte[4096];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
