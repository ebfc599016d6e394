using System.Globalization;
using Islet.Aspire.Configuration;
using Islet.Aspire.Logging;

namespace Islet.Aspire.Lifecycle;

// ContainerLifetime.Persistent: the state of the container at the end of the application is its state when the application starts again.
internal sealed partial class MicroVmExecutor
{
    private string? _stateName, _fingerprint;

    // The name identifies the description with which the state was saved: a container with another description is another container. So is
    // one whose volumes were changed by another run.
    private string NameOf(string volumes) =>
        StatePrefix + _services.Runtime.DeriveSecret(
            "Aspire/description " + _fingerprint + (volumes.Length == 0 ? "" : " volumes " + volumes));

    private string StatePrefix => string.Create(
        CultureInfo.InvariantCulture,
        $"aspire/{_services.Runtime.DeriveSecret("Aspire/application " + _services.ApplicationIdentity)[..16]}/{Resource.Name}/");

    private async Task<Container?> TryRestoreAsync(ContainerDescription description, string volumes, CancellationToken cancellationToken)
    {
        _fingerprint = description.Fingerprint;
        _stateName = NameOf(volumes);
        try
        {
            Checkpoint? kept = await _services.Runtime.OpenCheckpointAsync(_stateName, cancellationToken).ConfigureAwait(false);
            if (kept is null)
                return null;

            await using (kept.ConfigureAwait(false))
            {
                Container container = await kept.ForkAsync(
                    new ForkOptions
                    {
                        Ports = _vm.Endpoints.DistinctBy(endpoint => endpoint.TargetPort)
                            .ToDictionary(endpoint => endpoint.TargetPort, endpoint => endpoint.HostPort.Number),
                        HostPorts = description.HostPorts,
                    },
                    cancellationToken).ConfigureAwait(false);
                _log.StateRestored(kept.Created);
                return container;
            }
        }
        catch (IsletException exception) when (exception is not PortUnavailableException)
        {
            _log.StateNotRestored(exception.Message);
            return null;
        }
    }

    private async Task KeepAsync(Container container, string volumes, CancellationToken cancellationToken)
    {
        _stateName = NameOf(volumes);
        try
        {
            Checkpoint kept = await container.CheckpointAsync(_stateName!, cancellationToken).ConfigureAwait(false);
            await kept.DisposeAsync().ConfigureAwait(false);
            foreach (CheckpointListing former in _services.Runtime.ListCheckpoints().Where(IsFormer))
                await _services.Runtime.DeleteCheckpointAsync(former.Id, cancellationToken).ConfigureAwait(false);
        }
        catch (CheckpointInUseException)
        {
            // A container of another run of the application is based on it.
        }
        catch (Exception exception) when (exception is IsletException or OperationCanceledException)
        {
            _log.StateNotKept(exception.Message);
        }
    }

    // Whether the state belongs to a container that was described differently.
    private bool IsFormer(CheckpointListing listing) =>
        listing.Name is { } name && name != _stateName && name.StartsWith(StatePrefix, StringComparison.Ordinal);
}
