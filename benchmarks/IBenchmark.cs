namespace Islet.Benchmarks;

/// <summary>One question, answered with one or more figures.</summary>
internal interface IBenchmark
{
    string Name { get; }

    Task RunAsync(Report report);
}
