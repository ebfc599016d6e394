namespace AspireShop.Service;

/// <summary>Something the shop sells.</summary>
public sealed record Article(int Id, string Name, int InStock)
{
    /// <summary>Number of times it was looked at.</summary>
    public long Visits { get; init; }
}
