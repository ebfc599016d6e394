using Islet.Protocol.Agent;

namespace Islet.Testing.Peers;

/// <summary>The independent peer in Python. See python_peer.py for its functions.</summary>
internal static class PythonPeerProgram
{
    private const string Python = "/usr/bin/python3", DebianPackages = "/usr/lib/python3/dist-packages";

    /// <summary>The reason why the peer can't run here; <see langword="null"/> when it can.</summary>
    public static string? WhyUnavailable { get; } =
        !File.Exists(Python) ? PeerRun.Missing("python3")
        : !Directory.Exists($"{DebianPackages}/grpc") ? PeerRun.Missing("python3-grpcio")
        : !Directory.Exists($"{DebianPackages}/google/protobuf") ? PeerRun.Missing("python3-protobuf")
        : null;

    /// <summary>Plays the host against an agent, as <see cref="GoPeerProgram.RunAsync"/>.</summary>
    public static async Task<PeerRun> RunAsync(string socket, int echoPort, int mebibytes, string[] command,
        CancellationToken cancellationToken)
    {
        string contract = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(contract, AgentReflection.Descriptor.SerializedData.ToByteArray(), cancellationToken);
            string script = Path.Combine(AppContext.BaseDirectory, "Peers", "python_peer.py");
            return await PeerRun.RunAsync(
                Python, [script, socket, contract, $"{echoPort}", $"{mebibytes}", .. command], new Dictionary<string, string>(),
                    cancellationToken);
        }
        finally
        {
            File.Delete(contract);
        }
    }
}
