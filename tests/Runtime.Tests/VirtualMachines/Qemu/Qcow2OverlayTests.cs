using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;
using Microsoft.Win32.SafeHandles;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class Qcow2OverlayTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("islet-qcow2-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Write_header_has_size_backing_name_and_format()
    {
        using var file = new MemoryStream();
        Qcow2Overlay.Write(file, Qcow2Overlay.VirtualSize, "/images/redis.ext4");
        byte[] bytes = file.ToArray();

        Assert.Equal(0x514649FBu, BinaryPrimitives.ReadUInt32BigEndian(bytes));
        Assert.Equal(3u, BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4)));
        Assert.Equal(64L << 30, BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(24)));
        int offset = (int)BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(8));
        int length = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(16));
        Assert.Equal("/images/redis.ext4", Encoding.UTF8.GetString(bytes, offset, length));
        Assert.Equal("raw", Encoding.UTF8.GetString(bytes, 112, 3));
    }

    [Fact]
    public void RequireOwn_takes_what_Create_has_written_and_QEMU_has_rewritten()
    {
        string path = CreateOverBase();

        RequireOwn(path);
        QemuImg("amend", "-f", "qcow2", "-o", "lazy_refcounts=on", path);
        RequireOwn(path);
    }

    [Fact]
    public void RequireOwn_file_that_is_no_overlay_is_refused()
    {
        string path = Path.Combine(_directory, "raw");
        File.WriteAllBytes(path, new byte[8192]);

        Assert.Contains("is not", Assert.Throws<SavedMachineException>(() => RequireOwn(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, 0x02)] // an older version
    [InlineData(79, 0x12)] // corrupt
    [InlineData(79, 0x14)] // an external data file, whose name is in the header
    [InlineData(79, 0x18)] // another compression
    [InlineData(72, 0x80)] // a feature of the future
    public void RequireOwn_feature_that_Islet_does_not_use_is_refused(int offset, byte value)
    {
        string path = CreateOverBase();
        using (FileStream file = File.OpenWrite(path))
        {
            file.Position = offset;
            file.WriteByte(value);
        }

        Assert.Contains("features", Assert.Throws<SavedMachineException>(() => RequireOwn(path)).Message, StringComparison.Ordinal);
    }

    private string CreateOverBase()
    {
        string backing = Path.Combine(_directory, "base.ext4"), path = Path.Combine(_directory, "root.qcow2");
        File.WriteAllBytes(backing, new byte[1 << 20]);
        Qcow2Overlay.Create(path, new DiskImage(backing));
        return path;
    }

    private static void RequireOwn(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        Qcow2Overlay.RequireOwn(file, path);
    }

    [Fact]
    public void Write_path_longer_than_qcow2_can_record_is_refused() =>
        Assert.Throws<VirtualMachineException>(() => Qcow2Overlay.Write(new MemoryStream(), 1 << 30, "/" + new string('x', 1023)));

    [Fact]
    public void Create_is_for_the_owner_only()
    {
        string path = Create(backing: null);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Create_twice_is_refused() =>
        Assert.Throws<StorageException>(() => Qcow2Overlay.Create(Create(backing: null), null));

    [Fact]
    public void Create_where_nothing_can_be_written_names_the_path()
    {
        string path = Path.Combine(_directory, "missing", "root.qcow2");

        StorageException error = Assert.Throws<StorageException>(() => Qcow2Overlay.Create(path, null));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("base.ext4")]
    [InlineData("a base, with \"quotes\" and ümlaut.ext4")]
    public void Create_is_accepted_by_qemu_img(string? backingName)
    {
        string? backing = backingName is null ? null : Path.Combine(_directory, backingName);
        if (backing is not null)
            File.WriteAllBytes(backing, new byte[1 << 20]);
        string path = Create(backing);

        QemuImg("check", "--output=json", path);
        using JsonDocument info = JsonDocument.Parse(QemuImg("info", "--output=json", path));
        Assert.Equal("qcow2", info.RootElement.GetProperty("format").GetString());
        Assert.Equal(64L << 30, info.RootElement.GetProperty("virtual-size").GetInt64());
        Assert.False(info.RootElement.GetProperty("format-specific").GetProperty("data").GetProperty("corrupt").GetBoolean());
        Assert.Equal(backing, info.RootElement.TryGetProperty("full-backing-filename", out JsonElement name) ? name.GetString() : null);
        if (backing is not null)
            Assert.Equal("raw", info.RootElement.GetProperty("backing-filename-format").GetString());
    }

    [Fact]
    public void Create_reads_as_the_file_below_followed_by_zeroes()
    {
        string backing = Path.Combine(_directory, "base");
        byte[] content = [.. Enumerable.Range(0, 3 << 20).Select(i => (byte)(i * 7))];
        File.WriteAllBytes(backing, content);
        string path = Create(backing);

        string copy = Path.Combine(_directory, "copy");
        QemuImg("dd", "-f", "qcow2", "-O", "raw", "bs=1M", "count=5", "if=" + path, "of=" + copy);

        Assert.Equal([.. content, .. new byte[2 << 20]], File.ReadAllBytes(copy));
    }

    private string Create(string? backing)
    {
        string path = Path.Combine(_directory, "root.qcow2");
        Qcow2Overlay.Create(path, backing is null ? null : new DiskImage(backing));
        return path;
    }

    private static string QemuImg(params string[] arguments)
    {
        var start = new ProcessStartInfo("qemu-img", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("qemu-img is not installed (apt-get install qemu-utils).");
            throw;
        }

        using (process)
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, output + errors.Result);
            return output;
        }
    }
}
