namespace Islet.Benchmarks;

/// <summary>A benchmark that answers one question with one or more figures.</summary>
internal interface IBenchmark
{
    string Name { get; }

    Task RunAsync(Report report);
}
