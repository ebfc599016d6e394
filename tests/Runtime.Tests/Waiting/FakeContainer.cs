using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Islet.Tests.Waiting;

/// <summary>A container whose every action is controlled by the test.</summary>
internal sealed class FakeContainer : IWaitTarget
{
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<int, TaskCompletionSource> _ports = [];
    private readonly Channel<string> _log = Channel.CreateUnbounded<string>();
    private readonly Channel<int> _linesRead = Channel.CreateUnbounded<int>();
    private readonly List<IReadOnlyList<string>> _commands = [];

    public IReadOnlyList<int> PublishedPorts { get; init; } = [];

    public Healthcheck? Healthcheck { get; init; }

    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>The result of a command; by default it succeeds.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task<ExecResult>> Run { get; init; } =
        (_, _) => Task.FromResult(new ExecResult(new ProcessExit(0), "", ""));

    /// <summary>The result of a dial; by default it is refused.</summary>
    public Func<int, CancellationToken, ValueTask<GuestStream>> Dial { get; init; } =
        (port, _) => throw new IOException($"Nothing accepts connections on port {port}.");

    public IReadOnlyList<IReadOnlyList<string>> Commands => _commands;

    public void OpenPort(int port) => PortOf(port).TrySetResult();

    public void BreakPort(int port, Exception exception) => PortOf(port).TrySetException(exception);

    public void Log(params string[] lines)
    {
        foreach (string line in lines)
            _log.Writer.TryWrite(line);
    }

    /// <summary>Returns when the strategy has asked for the line after the given number of lines, and so has processed those.</summary>
    public async Task LinesReadAsync(int count, CancellationToken cancellationToken)
    {
        while (await _linesRead.Reader.ReadAsync(cancellationToken) < count)
        {
        }
    }

    public void Exit(ProcessExit exit)
    {
        _log.Writer.TryComplete();
        _exited.TrySetResult(exit);
    }

    public void Crash(Exception exception)
    {
        _log.Writer.TryComplete();
        _exited.TrySetException(exception);
    }

    public void BreakLog(Exception exception) => _log.Writer.TryComplete(exception);

    public int GetPort(int containerPort) => 40000 + containerPort;

    public async ValueTask WaitForPortAsync(int containerPort, CancellationToken cancellationToken) =>
        await PortOf(containerPort).Task.WaitAsync(cancellationToken);

    public ValueTask<GuestStream> DialAsync(int containerPort, CancellationToken cancellationToken) =>
        Dial(containerPort, cancellationToken);

    public async ValueTask<ExecResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        _commands.Add(command);
        return await Run(command, cancellationToken);
    }

    public async IAsyncEnumerable<LogLine> ReadLogsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (string line in _log.Reader.ReadAllAsync(cancellationToken))
        {
            yield return new LogLine(DateTimeOffset.UnixEpoch, OutputStreams.Stdout, line, IsPartial: line.EndsWith('…'));
            _linesRead.Writer.TryWrite(++count);
        }
    }

    private TaskCompletionSource PortOf(int port)
    {
        lock (_ports)
        {
            if (!_ports.TryGetValue(port, out TaskCompletionSource? open))
                _ports.Add(port, open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return open;
        }
    }
}
