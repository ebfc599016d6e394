namespace Aspire.Hosting.ApplicationModel;

/// <summary>The resource starts when somebody says so, not with the application.</summary>
public sealed class ExplicitStartupAnnotation : IResourceAnnotation;

/// <summary>The resource is an emulator of a cloud service.</summary>
public sealed class EmulatorResourceAnnotation : IResourceAnnotation;

/// <summary>A health check that the resource has to pass, by its registered name.</summary>
public class HealthCheckAnnotation(string key) : IResourceAnnotation
{
    public string Key { get; } = key;
}
