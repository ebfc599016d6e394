using Grpc.Core;
using Islet.Protocol.Agent;

namespace Islet.Agent;

internal sealed partial class AgentClient
{
    public async Task<FileStatus> StatAsync(string path, CancellationToken cancellationToken)
    {
        StatResponse response = await CallAsync(
            _rpc.StatAsync, new StatRequest { Path = path, FollowSymlink = true }, cancellationToken).ConfigureAwait(false);
        return new FileStatus(response.Mode);
    }

    /// <summary>Opens a tar of a file or directory of the container. A symbolic link is followed.</summary>
    public async Task<Stream> ReadTarAsync(string path, bool contentsOnly, CancellationToken cancellationToken) => await OpenStreamAsync(
        new OpenStreamRequest { ReadTar = new ReadTarStream { Path = path, ContentsOnly = contentsOnly, FollowSymlink = true } },
        cancellationToken).ConfigureAwait(false);

    /// <summary>Sends a tar, which <paramref name="write"/> writes, to be unpacked in a directory of the container.</summary>
    /// <returns>The number of entries.</returns>
    public async Task<ulong> WriteTarAsync(string directory, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        GuestStream stream = await OpenStreamAsync(
            new OpenStreamRequest { WriteTar = new WriteTarStream { Path = directory } }, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            // The guest may stop reading after an error; its own message then explains more than the broken write.
            GuestLostException? broken = await TryWriteAsync(stream, write, cancellationToken).ConfigureAwait(false);
            WriteTarResult result;
            try
            {
                result = await MessageStream.ReadAsync(stream, WriteTarResult.Parser, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException exception)
            {
                throw broken ?? new GuestLostException(exception);
            }

            return result.Code == 0 ? result.Entries : throw new AgentException((StatusCode)result.Code, result.Message);
        }
    }

    private static async Task<GuestLostException?> TryWriteAsync(GuestStream stream, Func<Stream, Task> write,
        CancellationToken cancellationToken)
    {
        try
        {
            await write(new GuestWriteStream(stream)).ConfigureAwait(false);
            await stream.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (GuestLostException exception)
        {
            return exception;
        }
    }
}
