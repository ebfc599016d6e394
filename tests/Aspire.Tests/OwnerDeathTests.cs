using System.Diagnostics;
using System.Globalization;

namespace Islet.Aspire.Tests;

public sealed class OwnerDeathTests
{
    [Fact]
    public async Task An_AppHost_that_is_killed_takes_its_machines_along()
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "AspireOwner"), [TestImages.Debian])
        {
            RedirectStandardOutput = true,
        };
        using Process owner = Process.Start(start)!;
        try
        {
            string? line;
            do
                line = await owner.StandardOutput.ReadLineAsync(TestApplication.Cancellation);
            while (line is not null && !int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out _));
            using Process machine = Process.GetProcessById(int.Parse(Assert.IsType<string>(line), CultureInfo.InvariantCulture));
            Assert.StartsWith("qemu", machine.ProcessName, StringComparison.Ordinal);

            owner.Kill();
            await machine.WaitForExitAsync(TestApplication.Cancellation);
        }
        finally
        {
            owner.Kill();
        }
    }
}
