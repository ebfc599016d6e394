// Replaces a container engine where `ENGINE exec -it CONTAINER COMMAND` is run for a micro-VM: passes its terminal on to the AppHost, which
// has the container. The script that starts it has put the terminal into raw mode.
//
// islet-exec SOCKET ENGINE[,ENGINE] exec …
using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Islet.Aspire.Exec;
using Microsoft.Win32.SafeHandles;

const int NotStarted = 126; // as an engine's `exec` has it

// Not the console's streams: those would read a terminal's input line by line.
await using FileStream stdin = Open(0, FileAccess.Read);
await using FileStream stdout = Open(1, FileAccess.Write);
await using FileStream stderr = Open(2, FileAccess.Write);
(string socket, string[] engines, string[] arguments) = (args[0], args[1].Split(','), args[2..]);
try
{
    ExecRequest request = ExecArguments.Parse(arguments, Environment.GetEnvironmentVariable);
    if (request.Terminal)
    {
        (int columns, int rows) = TerminalSizeOnHost.Read();
        request = request with { Columns = columns, Rows = rows };
    }

    using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    await client.ConnectAsync(new UnixDomainSocketEndPoint(socket));
    await using var stream = new NetworkStream(client);
    using var exec = new ExecClient(stream, stdin, stdout, stderr);
    return await exec.RunAsync(request) ?? RunEngine();
}
catch (Exception exception) when (exception is FormatException or SocketException or IOException or InvalidDataException)
{
    string reason = exception is SocketException ? "The AppHost does not answer any more." : exception.Message;

    // The terminal is in raw mode: a line ends with both characters.
    await stderr.WriteAsync(Encoding.UTF8.GetBytes(reason + "\r\n"));
    return NotStarted;
}

static FileStream Open(int descriptor, FileAccess access) => new(new SafeFileHandle(descriptor, ownsHandle: false), access, bufferSize: 0);

// The container was left to an engine: runs the first engine that is installed.
int RunEngine()
{
    foreach (string engine in engines)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(engine, arguments))!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception)
        {
            // This engine is not installed.
        }
    }

    throw new IOException($"The container is in no micro-VM of this AppHost, and there is no {string.Join(" or ", engines)}.");
}
