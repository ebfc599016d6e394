using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Islet.Aspire.Exec;

/// <summary>The program's side of the connection to the AppHost.</summary>
internal sealed class ExecClient(Stream connection, Stream stdin, Stream stdout, Stream stderr) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>Asks for a process to be started, passes its streams on, and waits for its end.</summary>
    /// <returns>The exit code of the process; <see langword="null"/> when the container is not in a micro-VM.</returns>
    /// <exception cref="IOException">The process could not be started, or the AppHost has ended.</exception>
    public async Task<int?> RunAsync(ExecRequest request)
    {
        await SendAsync(new ExecFrame(ExecFrameKind.Request, JsonSerializer.SerializeToUtf8Bytes(request)));
        using PosixSignalRegistration? resizes = request.Terminal
            ? PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Resize())
            : null;

        while (await ExecFrame.ReadAsync(connection, CancellationToken.None) is { } frame)
        {
            switch (frame.Kind)
            {
                case ExecFrameKind.Started:
                    // Not awaited, because a read of a terminal can't be cancelled. Not started earlier, because an engine would miss the
                    // bytes read here.
                    if (request.Interactive)
                        _ = PassInputAsync();
                    break;
                case ExecFrameKind.Output: await stdout.WriteAsync(frame.Content); break;
                case ExecFrameKind.Error: await stderr.WriteAsync(frame.Content); break;
                case ExecFrameKind.Exited: return frame.Number(0);
                case ExecFrameKind.Unknown: return null;
                case ExecFrameKind.Refused: throw new IOException(Encoding.UTF8.GetString(frame.Content.Span));
                default: throw new InvalidDataException($"The AppHost sent a message of the kind {frame.Kind}.");
            }
        }

        throw new IOException("The micro-VM has ended, or its AppHost.");
    }

    public void Dispose() => _writing.Dispose();

    private async Task PassInputAsync()
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int count;
            do
            {
                count = await stdin.ReadAsync(buffer);
                await SendAsync(new ExecFrame(ExecFrameKind.Input, buffer.AsMemory(0, count)));
            }
            while (count > 0);
        }
        catch (IOException)
        {
            // The terminal or the AppHost is gone; the other direction reports it.
        }
    }

    private void Resize()
    {
        (int columns, int rows) = TerminalSizeOnHost.Read();
        _ = SendAsync(ExecFrame.Of(ExecFrameKind.Resized, columns, rows))
            .ContinueWith(static sent => sent.Exception, TaskScheduler.Default);
    }

    private async Task SendAsync(ExecFrame frame)
    {
        await _writing.WaitAsync();
        try
        {
            await frame.WriteAsync(connection, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }
}
