using System.Globalization;

namespace Islet.Benchmarks;

internal sealed class Report(TextWriter output)
{
    public void Header() => output.WriteLine($"{"name",-34} {"p50",12} {"p95",12} {"unit",-8} {"n",4}");

    public void Add(string name, string unit, IReadOnlyCollection<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-34} {Percentile(sorted, 0.50),12:0.00} {Percentile(sorted, 0.95),12:0.00} {unit,-8} {sorted.Length,4}"));
        output.Flush();
    }

    // The nearest rank, so that every figure printed is one that was measured.
    private static double Percentile(double[] sorted, double fraction) =>
        sorted[Math.Max(0, (int)Math.Ceiling(fraction * sorted.Length) - 1)];
}
