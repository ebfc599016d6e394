using System.Text;
using System.Text.Json;
using Islet.Aspire.Exec;

namespace Islet.Aspire.Terminals;

/// <summary>A process started by the bridge's program, from the request to its end.</summary>
internal sealed class ExecSession(Stream connection, Func<string, Container?> find) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await ExecFrame.ReadAsync(connection, cancellationToken).ConfigureAwait(false) is not { Kind: ExecFrameKind.Request } frame)
            return;
        ExecRequest request = Read(frame);
        if (find(request.Container) is not { } container)
        {
            await SendAsync(new ExecFrame(ExecFrameKind.Unknown, default), cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            ContainerProcess process = await container.StartProcessAsync(
                request.Command, OptionsOf(request), cancellationToken).ConfigureAwait(false);

            // Disposal also ends the process when the terminal is closed.
            await using (process.ConfigureAwait(false))
                await PassAsync(process, request, cancellationToken).ConfigureAwait(false);
        }
        catch (IsletException exception)
        {
            await RefuseAsync(exception.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            await RefuseAsync(
                "The process's streams were closed: its micro-VM has ended, or a checkpoint of it was taken.",
                cancellationToken).ConfigureAwait(false);
        }
    }

    private Task RefuseAsync(string reason, CancellationToken cancellationToken) =>
        SendAsync(new ExecFrame(ExecFrameKind.Refused, Encoding.UTF8.GetBytes(reason.ReplaceLineEndings("\r\n"))), cancellationToken);

    public void Dispose() => _writing.Dispose();

    private static ExecRequest Read(ExecFrame frame)
    {
        try
        {
            return JsonSerializer.Deserialize<ExecRequest>(frame.Content.Span)!;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("The request is no JSON.", exception);
        }
    }

    private static ExecOptions OptionsOf(ExecRequest request)
    {
        var environment = new Dictionary<string, string>(request.Environment, StringComparer.Ordinal);

        // As with an engine.
        if (request.Terminal)
            environment.TryAdd("TERM", "xterm");
        return new ExecOptions
        {
            Environment = environment,
            User = request.User,
            WorkingDirectory = request.WorkingDirectory,
            Privileged = request.Privileged,
            Terminal = request.Terminal ? new TerminalSize(request.Columns, request.Rows) : null,
        };
    }

    private async Task PassAsync(ContainerProcess process, ExecRequest request, CancellationToken cancellationToken)
    {
        await SendAsync(new ExecFrame(ExecFrameKind.Started, default), cancellationToken).ConfigureAwait(false);
        if (!request.Interactive)
            await process.Stdin!.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task input = ReceiveAsync(process, ended.Token);
        Task output = Task.WhenAll(
            PassOutputAsync(process.Stdout, ExecFrameKind.Output, ended.Token),
            process.Stderr is { } errors ? PassOutputAsync(errors, ExecFrameKind.Error, ended.Token) : Task.CompletedTask);
        try
        {
            // The end of the connection ends the input: then the terminal is gone.
            if (await Task.WhenAny(output, input).ConfigureAwait(false) == output)
            {
                await output.ConfigureAwait(false);
                ProcessExit exit = await process.Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
                await SendAsync(ExecFrame.Of(ExecFrameKind.Exited, exit.ExitCode), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(input, output).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReceiveAsync(ContainerProcess process, CancellationToken cancellationToken)
    {
        while (await ExecFrame.ReadAsync(connection, cancellationToken).ConfigureAwait(false) is { } frame)
        {
            try
            {
                if (frame.Kind == ExecFrameKind.Resized)
                    await process.ResizeTerminalAsync(
                        new TerminalSize(frame.Number(0), frame.Number(1)), cancellationToken).ConfigureAwait(false);
                else if (frame.Content.IsEmpty)
                    await process.Stdin!.CompleteWritesAsync(cancellationToken).ConfigureAwait(false);
                else
                    await process.Stdin!.WriteAsync(frame.Content, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or ContainerOperationException or ContainerEndedException)
            {
                // The process has closed its input or has ended; its output reports it.
            }
        }
    }

    private async Task PassOutputAsync(Stream output, ExecFrameKind kind, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        while (await output.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and int count)
            await SendAsync(new ExecFrame(kind, buffer.AsMemory(0, count)), cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAsync(ExecFrame frame, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await frame.WriteAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }
}
