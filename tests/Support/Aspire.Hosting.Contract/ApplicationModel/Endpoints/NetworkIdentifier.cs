namespace Aspire.Hosting.ApplicationModel;

/// <summary>A network from which an endpoint is seen: the same endpoint has another address in each.</summary>
public record NetworkIdentifier(string Value)
{
    public override string ToString() => Value;
}

/// <summary>The networks that every application has.</summary>
public static class KnownNetworkIdentifiers
{
    public static readonly NetworkIdentifier LocalhostNetwork = new("localhost");
    public static readonly NetworkIdentifier DefaultAspireContainerNetwork = new("aspire-container-network");
}

/// <summary>Names of hosts that have a meaning.</summary>
public static class KnownHostNames
{
    public const string Localhost = "localhost";
    public const string DockerDesktopHostBridge = "host.docker.internal";
}
