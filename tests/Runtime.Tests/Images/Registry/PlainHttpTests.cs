using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Islet.Images;
using Islet.Images.Registry;
using Islet.Images.Store;
using Islet.Testing.Support;
using static Islet.Tests.Images.Registry.FakeRegistry;

namespace Islet.Tests.Images.Registry;

/// <summary>The registries that may be contacted without TLS. These listen on an address of the network, in plain HTTP.</summary>
public sealed class PlainHttpTests : IDisposable
{
    private static readonly OciImage s_image = new OciImageBuilder().Layer(layer => layer.File("hello", "world")).Build();

    private readonly TemporaryDirectory _cache = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task A_registry_of_the_network_is_never_spoken_to_in_plain_http()
    {
        await using FakeRegistry registry = Start(request => Serve(s_image, request));

        RegistryUnreachableException error = await Assert.ThrowsAsync<RegistryUnreachableException>(
            () => ResolveAsync(registry, new HashSet<string>()));

        Assert.Contains("TLS", error.Message, StringComparison.Ordinal);
        Assert.Empty(registry.Requests);
    }

    [Fact]
    public async Task A_registry_that_was_allowed_to_be_insecure_is_when_it_has_no_tls()
    {
        await using FakeRegistry registry = Start(request => Serve(s_image, request));

        Image image = await ResolveAsync(registry, new HashSet<string> { registry.Address });

        Assert.Equal(s_image.Manifest.Digest, image.ManifestDigest.ToString());
    }

    private static FakeRegistry Start(Func<Request, Response> answer)
    {
        IPAddress? address = NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up
                && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(candidate => candidate.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(candidate));
        Assert.SkipWhen(address is null, "this machine has no network but its loopback");
        return new FakeRegistry(answer, address);
    }

    private async Task<Image> ResolveAsync(FakeRegistry registry, IReadOnlySet<string> insecure)
    {
        using var store = new ImageStore(
            _cache.Path, new RegistryOptions { InsecureRegistries = insecure, RetryDelay = TimeSpan.FromMilliseconds(1) });
        var reference = ImageReference.Parse($"{registry.Address}/hello:1");
        return await store.ResolveAsync(reference, Platform.LinuxAmd64, cancellationToken: Cancellation);
    }
}
