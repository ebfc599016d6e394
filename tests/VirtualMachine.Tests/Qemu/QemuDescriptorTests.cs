namespace Islet.VirtualMachine.Tests.Qemu;

/// <summary>Counts what the whole process has, so it runs alone.</summary>
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

        // Fewer, when something that other tests have left to be closed was closed meanwhile.
        Assert.InRange(OpenDescriptors(), 0, before);
        Assert.Empty(qemu.Leftovers());
    }

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
