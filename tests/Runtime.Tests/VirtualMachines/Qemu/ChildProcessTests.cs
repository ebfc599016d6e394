using System.ComponentModel;
using System.Net.Sockets;
using System.Text;
using Islet.Native.Posix;
using Microsoft.Win32.SafeHandles;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class ChildProcessTests
{
    [Fact]
    public void Start_child_has_exactly_the_descriptors_it_was_given()
    {
        const int duplicate = 0; // F_DUPFD, which leaves close-on-exec off: as a descriptor inherited from the process that started us
        using SafeFileHandle nothing = File.OpenHandle("/dev/null");
        using var leaky = new SafeFileHandle(Libc.Fcntl(nothing, duplicate, 100), ownsHandle: true);
        Assert.False(leaky.IsInvalid);

        // ls itself opens the directory that it lists: one more descriptor.
        Assert.Equal("0 1 2 3 4", Run(extra: 1, "/bin/sh", "-c", "echo $(ls /proc/self/fd)"));
    }

    [Fact]
    public void Start_child_leads_a_session_and_has_default_signals()
    {
        string output = Run(0, "/bin/sh", "-c", "cut -d' ' -f6 /proc/$$/stat; echo $$; grep SigIgn /proc/self/status");

        string[] lines = output.Split('\n');
        Assert.Equal(lines[1], lines[0]);

        // Only the lowest 31 signals; those above belong to the C library.
        Assert.Equal(0, Convert.ToInt64(lines[2].Split('\t')[1], 16) & 0x7FFF_FFFF);
    }

    [Fact]
    public void Start_arguments_and_environment_arrive_unchanged()
    {
        Assert.Equal("a b|$HOME|ü|", Run(0, "/usr/bin/printf", "%s|", "a b", "$HOME", "ü"));
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), Run(0, "/bin/sh", "-c", "echo $PATH"));
    }

    [Fact]
    public void Start_program_is_missing_throws_the_errno()
    {
        Win32Exception error = Assert.Throws<Win32Exception>(() => Run(0, "/nothing/here"));
        Assert.Equal(2, error.NativeErrorCode);
    }

    [Fact]
    public void Start_argument_with_a_nul_is_refused() =>
        Assert.Throws<ArgumentException>(() => Run(0, "/bin/echo", "a\0b"));

    [Fact]
    public void WaitForExit_tells_exit_codes_from_signals()
    {
        using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var exits = ChildProcess.Start("/bin/sh", ["-c", "exit 3"], [nowhere, nowhere, nowhere]);
        Assert.Equal("exited with code 3", exits.WaitForExit().ToString());

        var killed = ChildProcess.Start("/bin/sh", ["-c", "sleep 60"], [nowhere, nowhere, nowhere]);
        killed.Kill();
        Assert.Equal("was killed by signal 9 (SIGKILL)", killed.WaitForExit().ToString());
        killed.Kill();
    }

    private static string Run(int extra, string program, params string[] arguments)
    {
        using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        using SocketPair pair = SocketPair.Create();
        var process = ChildProcess.Start(program, arguments, [nowhere, pair.Theirs, nowhere, .. Enumerable.Repeat(nowhere, extra)]);
        pair.Theirs.Dispose();

        using var reader = new StreamReader(new NetworkStream(pair.TakeOurs(), ownsSocket: true), Encoding.UTF8);
        string output = reader.ReadToEnd().TrimEnd('\n');
        process.WaitForExit();
        return output;
    }
}
