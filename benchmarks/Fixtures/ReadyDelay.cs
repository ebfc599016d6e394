using System.Globalization;

namespace Islet.Benchmarks;

/// <summary>
/// Measures the delay from the moment a service becomes ready until <c>StartAsync</c> returns. The service reports that moment by the
/// guest's clock. The difference between that clock and the host's is measured right afterwards, with the service's own answers
/// (<see cref="GuestClock"/>).
/// </summary>
internal sealed class ReadyDelay(ContainerRuntime runtime)
{
    private const int Runs = 20;
    private const int Port = 7000;

    public async Task RunAsync(Report report)
    {
        (string Name, WaitStrategy Wait)[] waits =
        [
            ("ready-delay", Wait.ForPort(Port)),
            ("ready-delay.log-line", Wait.ForLogLine("^ready$")),
            ("ready-delay.command", Wait.ForCommand("test", "-e", "/tmp/ready")),
        ];
        List<double>[] delays = [.. waits.Select(_ => new List<double>())];
        List<double> uncertainty = [];

        for (int run = -1; run < Runs; run++)
        {
            for (int wait = 0; wait < waits.Length; wait++)
            {
                (double delay, double error) = await MeasureAsync(waits[wait].Wait, milliseconds: 300 + (run + 1) * 17);
                if (run < 0)
                    continue;
                delays[wait].Add(delay);
                uncertainty.Add(error);
            }
        }

        for (int wait = 0; wait < waits.Length; wait++)
            report.Add(waits[wait].Name, "ms", delays[wait]);
        report.Add("ready-delay.clock-uncertainty", "ms", uncertainty);
    }

    // The service takes a different time at each run, so that no poll is in step with it.
    private async Task<(double Delay, double Uncertainty)> MeasureAsync(WaitStrategy wait, int milliseconds)
    {
        await using Container service = await new ContainerBuilder(LocalImages.Reference("debian"))
            .WithCopy(LocalImages.BaselineService, "/service").WithPort(Port).WaitUntil(wait)
            .WithCommand("/service", Port.ToString(CultureInfo.InvariantCulture), milliseconds.ToString(CultureInfo.InvariantCulture))
            .StartAsync(runtime);
        DateTimeOffset returned = DateTimeOffset.UtcNow;
        GuestClock clock = await GuestClock.MeasureAsync(service.Host, service.GetPort(Port));
        return ((returned - clock.ReadyAt).TotalMilliseconds, clock.Uncertainty.TotalMilliseconds);
    }
}
