namespace Islet.VirtualMachine.Tests.Qemu;

/// <summary>Counts descriptors of the whole process, so it runs alone.</summary>
[Collection("Alone")]
public sealed class QemuDescriptorTests(QemuFixture qemu) : IClassFixture<QemuFixture>
{
    [Fact]
    public async Task Machines_come_and_go_without_leaving_descriptors()
    {
        await (await qemu.StartAsync()).DisposeAsync();
        int before = OpenDescriptors();

        for (int i = 0; i < 3; i++)
            await (await qemu.StartAsync()).DisposeAsync();

        // There may be fewer, if descriptors left by other tests were closed meanwhile.
        Assert.InRange(OpenDescriptors(), 0, before);
        Assert.Empty(qemu.Leftovers());
    }

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
