using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Islet.Aspire.Terminals;

/// <summary>
/// A program that other programs run instead of a container engine's <c>exec</c>, and the socket by which it reaches this process. Both are
/// in a folder that only this user can access.
/// </summary>
/// <param name="engines">The engines, separated by commas, that have the containers which are not in micro-VMs.</param>
/// <param name="find">Finds a running container by its id.</param>
internal sealed class ExecBridge(string engines, Func<string, Container?> find) : IAsyncDisposable
{
    private const string ProgramName = "islet-exec";

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private string? _folder;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>The path of the program, which has no capital letters: Aspire writes the name of an engine in lower case.</summary>
    public string Program
    {
        get
        {
            lock (_lock)
                return Path.Combine(_folder ??= Open(), ProgramName);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        await _accepting.ConfigureAwait(false);
        if (Interlocked.Exchange(ref _folder, null) is { } folder)
            Directory.Delete(folder, recursive: true);
    }

    private string Open()
    {
        ObjectDisposedException.ThrowIf(_ending.IsCancellationRequested, this);
        string folder = Path.Combine(WithoutCapitals(Path.GetTempPath()), $"islet-{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string file in (string[])[ProgramName + ".dll", ProgramName + ".runtimeconfig.json"])
        {
            using Stream content = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)!;
            using FileStream copy = File.Create(Path.Combine(folder, file));
            content.CopyTo(copy);
        }

        string socket = Path.Combine(folder, "socket");
        string program = Path.Combine(folder, ProgramName);
        File.WriteAllText(program, Script(program, socket));
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(socket));
        _listener.Listen();
        _accepting = AcceptAsync(_listener);
        return folder;
    }

    private static string WithoutCapitals(string folder) => folder.Any(char.IsUpper) && OperatingSystem.IsLinux() ? "/tmp" : folder;

    // The runtime reads a terminal's settings when it starts, so the script changes them before that.
    private string Script(string program, string socket) => $"""
        #!/bin/sh
        # Written by an Aspire AppHost that runs containers in micro-VMs: passes `exec` on to it.
        before=
        case " $* " in
            *" -it "* | *" -ti "* | *" -t "* | *" --tty "*) before=$(stty -g 2>/dev/null) && stty raw -echo ;;
        esac
        {Quote(Dotnet())} exec --runtimeconfig {Quote(program + ".runtimeconfig.json")} \
            {Quote(program + ".dll")} {Quote(socket)} {Quote(engines)} "$@"
        code=$?
        [ -z "$before" ] || stty "$before"
        exit $code

        """;

    // Finds the `dotnet` program: it is two folders above the runtime on which this process runs.
    private static string Dotnet()
    {
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return File.Exists(dotnet) ? dotnet : "dotnet";
    }

    private static string Quote(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private async Task AcceptAsync(Socket listener)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptAsync(_ending.Token).ConfigureAwait(false);
                serving.RemoveAll(static served => served.IsCompleted);
                serving.Add(ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The application is ending.
        }

        await Task.WhenAll(serving).ConfigureAwait(false);
    }

    private async Task ServeAsync(Socket client)
    {
        var stream = new NetworkStream(client, ownsSocket: true);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                using var session = new ExecSession(stream, find);
                await session.RunAsync(_ending.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or OperationCanceledException)
            {
                // The terminal was closed, or the application is ending.
            }
        }
    }
}
