using System.Net.Sockets;

namespace Islet.VirtualMachine.Tests;

/// <summary>
/// The only server of the debian image: busybox's nc, which takes one connection and ends. Between two of them no server listens, so a
/// connection that ends without an answer is tried again.
/// </summary>
internal static class EchoServer
{
    public static string Command(int port) => $"while :; do busybox nc -l -p {port} -e cat; done";

    /// <summary>Sends a line to the published port and returns the line that comes back.</summary>
    public static async Task<string> AskAsync(Container container, int port, string line, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (await TryAskAsync(container, port, line, deadline.Token) is { } answer)
                return answer;
            await Task.Delay(20, deadline.Token);
        }
    }

    private static async Task<string?> TryAskAsync(Container container, int port, string line, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(container.Host, container.GetPort(port), cancellationToken);
            using var stream = client.GetStream();
            await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
            using var reader = new StreamReader(stream);
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return null;
        }
    }
}
