namespace Aspire.Hosting;

/// <summary>How an application is made.</summary>
public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    public bool DisableDashboard { get; set; }

    /// <summary>The directory that relative paths of the model are relative to; that of the program by default.</summary>
    public string? ProjectDirectory { get; set; }
}
