using Islet.Benchmarks;
using Islet.Benchmarks.Aspire;

// Prints one line per figure: name, median, 95th percentile, unit, number of runs. Each benchmark measures its raw baseline in the same
// run, so that a ratio is meaningful on any machine.
IBenchmark[] all =
[
    new BootBenchmark(),
    new InstantBenchmark(),
    new FixturesBenchmark(),
    new ExecBenchmark(),
    new EmulationBenchmark(),
    new ForwardBenchmark(),
    new OutboundBenchmark(),
    new ImageDiskBenchmark(),
    new IdleRedisBenchmark(),
    new AspireBenchmark(),
];

string[] names = args.Length > 0 ? args : [.. all.Select(benchmark => benchmark.Name)];
foreach (string unknown in names.Where(name => all.All(benchmark => benchmark.Name != name)))
{
    Console.Error.WriteLine($"There is no benchmark {unknown}; there are: {string.Join(", ", all.Select(benchmark => benchmark.Name))}.");
    return 2;
}

var report = new Report(Console.Out);
report.Header();
foreach (IBenchmark benchmark in all.Where(benchmark => names.Contains(benchmark.Name)))
    await benchmark.RunAsync(report);
return 0;
