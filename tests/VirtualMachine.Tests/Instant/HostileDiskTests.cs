using System.Buffers.Binary;
using System.Text;

namespace Islet.VirtualMachine.Tests.Instant;

/// <summary>
/// Disks whose headers were written by a machine that its guest has taken over: QEMU has them open for writing, and the next QEMU that
/// opens them may be root at that time.
/// </summary>
public sealed class HostileDiskTests : IAsyncDisposable
{
    private readonly OwnCache _cache = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cache.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_name_of_a_file_in_a_saved_disk_is_not_followed(bool prestartQemu)
    {
        await using Container original = await OwnCache.StartAsync(
            _cache.NewRuntime(options => options.PrestartQemu = prestartQemu), builder => builder.WithCheckpoints());
        await original.RunAsync("echo kept > /root/state");
        await using Checkpoint checkpoint = await original.CheckpointAsync(Cancelled);
        string secret = Path.Combine(_cache.Path, "secret");
        await File.WriteAllTextAsync(secret, new string('s', 1 << 20), Cancelled);
        Change(Disk(), header =>
        {
            byte[] name = Encoding.UTF8.GetBytes(secret);
            BinaryPrimitives.WriteInt32BigEndian(header[16..], name.Length);
            name.CopyTo(header[(int)BinaryPrimitives.ReadInt64BigEndian(header[8..])..]);
        });

        await using Container fork = await checkpoint.ForkAsync(Cancelled);
        Assert.Equal("kept", await fork.RunAsync("cat /root/state"));
        await original.RollBackAsync(checkpoint, Cancelled);
        Assert.Equal("kept", await original.RunAsync("cat /root/state"));
    }

    [Fact]
    public async Task A_saved_disk_with_an_external_data_file_is_refused()
    {
        await using Container original = await OwnCache.StartAsync(_cache.NewRuntime(), builder => builder.WithCheckpoints());
        await using Checkpoint checkpoint = await original.CheckpointAsync(Cancelled);
        Change(Disk(), header => header[79] |= 1 << 2);

        ContainerStartException refused = await StartFailures.ExpectAsync(
            ContainerStartReason.Checkpoint, () => checkpoint.ForkAsync(Cancelled));
        Assert.Contains("features", refused.ToString(), StringComparison.Ordinal);
    }

    private string Disk() => Path.Combine(OwnCache.Single(_cache.Checkpoints), "disk.qcow2");

    private delegate void HeaderChange(Span<byte> header);

    // A machine can set the time back, by which a changed file is found out.
    private static void Change(string disk, HeaderChange change)
    {
        DateTime modified = File.GetLastWriteTimeUtc(disk);
        using (FileStream file = File.Open(disk, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            byte[] header = new byte[4096];
            file.ReadExactly(header);
            change(header);
            file.Position = 0;
            file.Write(header);
        }

        File.SetLastWriteTimeUtc(disk, modified);
    }
}
