namespace Islet.Testing.Peers;

/// <summary>
/// The independent peer in Go, built once per test run from the sources next to the tests. See main.go for its functions.
/// </summary>
internal sealed class GoPeerProgram
{
    // The path where Debian's -dev packages put their sources.
    private const string DebianSources = "/usr/share/gocode";

    private static readonly Lazy<Task<GoPeerProgram>> s_built = new(BuildAsync);

    private readonly string _path;

    private GoPeerProgram(string path) => _path = path;

    /// <summary>The reason why the peer can't be built here; <see langword="null"/> when it can.</summary>
    public static string? WhyUnavailable { get; } =
        !PeerRun.FindInPath("go") ? PeerRun.Missing("golang-go")
        : !Directory.Exists($"{DebianSources}/src/google.golang.org/grpc") ? PeerRun.Missing("golang-google-grpc-dev")
        : null;

    /// <summary>Returns the peer, which is built at the first call.</summary>
    public static Task<GoPeerProgram> GetAsync() => s_built.Value;

    /// <summary>Plays the host against an agent: calls, a tunnel, and a process with its output and its exit.</summary>
    /// <param name="socket">The unix socket with the agent behind it.</param>
    /// <param name="echoPort">A TCP port on the guest's 127.0.0.1 that sends back everything; 0 leaves the tunnel out.</param>
    /// <param name="mebibytes">The amount of bytes to pass through the tunnel.</param>
    /// <param name="command">A program that prints its arguments like echo, and its arguments.</param>
    /// <param name="cancellationToken">Ends the peer.</param>
    public Task<PeerRun> RunAsync(string socket, int echoPort, int mebibytes, string[] command, CancellationToken cancellationToken) =>
        PeerRun.RunAsync(_path, [socket, $"{echoPort}", $"{mebibytes}", .. command], new Dictionary<string, string>(), cancellationToken);

    private static async Task<GoPeerProgram> BuildAsync()
    {
        string sources = Path.Combine(AppContext.BaseDirectory, "Peers");
        string program = Path.Combine(sources, "go-peer");
        var environment = new Dictionary<string, string>
        {
            ["GO111MODULE"] = "off",
            ["GOPATH"] = DebianSources,
            ["GOFLAGS"] = "",
        };

        // s_built under another name and moved into place, because another test process may be running the old one.
        string fresh = $"{program}-{Environment.ProcessId}";
        string[] arguments = ["build", "-o", fresh, .. Directory.GetFiles(sources, "*.go")];
        PeerRun build = await PeerRun.RunAsync("go", arguments, environment, CancellationToken.None);
        if (build.ExitCode != 0)
            throw new InvalidOperationException($"go build failed: {build.Errors}");

        File.Move(fresh, program, overwrite: true);
        return new GoPeerProgram(program);
    }
}
