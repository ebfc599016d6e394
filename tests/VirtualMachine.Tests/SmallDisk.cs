using System.Diagnostics;

namespace Islet.VirtualMachine.Tests;

/// <summary>A small filesystem in memory that is quickly full. Mounting takes root: elsewhere the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk Mount(MemorySize size)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a small file system to fill.");
        string path = Directory.CreateTempSubdirectory("islet-small-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={size.Bytes},mode=700", "islet-small", path) != 0)
        {
            Directory.Delete(path);
            Assert.Skip("This root may not mount a tmpfs.");
        }

        return new SmallDisk(path);
    }

    public void Dispose()
    {
        // Machines that are ended in the background close their files a moment later.
        for (int attempt = 0; Run("umount", Path) != 0; attempt++)
        {
            Assert.True(attempt < 100, $"{Path} is still in use.");
            Thread.Sleep(100);
        }

        Directory.Delete(Path);
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
