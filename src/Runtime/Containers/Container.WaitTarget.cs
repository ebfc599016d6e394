using System.Runtime.CompilerServices;
using Islet.Protocol;

namespace Islet;

// The members of a container that wait strategies use.
public sealed partial class Container : IWaitTarget
{
    IReadOnlyList<int> IWaitTarget.PublishedPorts => [.. _options.Ports.Select(port => port.ContainerPort)];

    Healthcheck? IWaitTarget.Healthcheck => Healthcheck.From(ImageConfig.Healthcheck, ImageConfig.Shell);

    async ValueTask IWaitTarget.WaitForPortAsync(int containerPort, CancellationToken cancellationToken) =>
        await Agent.WaitPortAsync(containerPort, cancellationToken).ConfigureAwait(false);

    async ValueTask<GuestStream> IWaitTarget.DialAsync(int containerPort, CancellationToken cancellationToken)
    {
        try
        {
            return await Agent.DialTcpAsync(containerPort, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    async ValueTask<ExecResult> IWaitTarget.RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        await ExecAsync(command, cancellationToken: cancellationToken).ConfigureAwait(false);

    async IAsyncEnumerable<string> IWaitTarget.ReadLogLinesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A process that was started again is not ready just because its predecessor was.
        await foreach (LogLine line in _log.ReadAsync(new LogOptions { Follow = true, Since = _restarted }, cancellationToken).ConfigureAwait(false))
            yield return line.Text;
    }
}
