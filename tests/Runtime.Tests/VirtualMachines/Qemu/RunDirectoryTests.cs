using System.Diagnostics;
using System.Globalization;
using Islet.Native.Posix;
using Islet.VirtualMachines.Qemu.Processes;

namespace Islet.Tests.VirtualMachines.Qemu;

public sealed class RunDirectoryTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _parent = Directory.CreateTempSubdirectory("islet-run-").FullName;

    private string Root => Path.Combine(_parent, string.Create(CultureInfo.InvariantCulture, $"islet-{CurrentUser.Id}"));

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Create_every_directory_is_for_the_owner_only()
    {
        using RunDirectory run = RunDirectory.Create(_parent);
        using MachineDirectory machine = run.CreateMachine();

        Assert.All([Root, run.Path, machine.Path], path => Assert.Equal(OwnerOnly, File.GetUnixFileMode(path)));
    }

    [Fact]
    public void CreateMachine_each_has_its_own()
    {
        using RunDirectory run = RunDirectory.Create(_parent);

        Assert.NotEqual(run.CreateMachine().Path, run.CreateMachine().Path);
    }

    [Fact]
    public void Dispose_leaves_nothing_and_its_janitor_ends()
    {
        RunDirectory run = RunDirectory.Create(_parent);
        File.WriteAllText(run.CreateMachine().RootDisk, "disk");
        run.Dispose();
        run.Dispose();

        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
        Assert.False(Directory.Exists($"/proc/{run.JanitorId}"));
    }

    [Fact]
    public void Dispose_after_the_janitor_was_killed_leaves_nothing_either()
    {
        RunDirectory run = RunDirectory.Create(_parent);
        run.CreateMachine();
        Assert.True(Signals.Send(run.JanitorId, Signals.Kill));
        run.Dispose();

        Assert.Empty(Directory.EnumerateFileSystemEntries(Root));
    }

    [Fact]
    public void Create_removes_what_a_dead_process_left_and_spares_the_living()
    {
        using RunDirectory living = RunDirectory.Create(_parent);
        string dead = Path.Combine(Root, "123-0badcafe");
        Directory.CreateDirectory(Path.Combine(dead, "1"));
        File.WriteAllText(Path.Combine(dead, RunDirectory.LockName), "");
        File.WriteAllText(Path.Combine(dead, "1", "root.qcow2"), "disk");
        string halfRemoved = Path.Combine(Root, "124-0badcafe");
        Directory.CreateDirectory(halfRemoved);
        string beingMade = Path.Combine(Root, RunDirectory.UnfinishedPrefix + "fresh");
        Directory.CreateDirectory(beingMade);

        using RunDirectory next = RunDirectory.Create(_parent);

        Assert.Equal(
            new HashSet<string> { beingMade, living.Path, next.Path },
            new HashSet<string>(Directory.GetDirectories(Root)));
    }

    [Fact]
    public void Create_ends_the_machine_of_a_dead_process()
    {
        string dead = Path.Combine(Root, "123-0badcafe");
        Directory.CreateDirectory(dead, OwnerOnly);
        File.SetUnixFileMode(Root, OwnerOnly);

        // A substitute for QEMU: a process with such an overlay among its arguments.
        string[] arguments = ["-c", "read -r _", "sh", $"{Janitor.OverlayArgument(dead)}1/root.qcow2\""];
        using Process orphan = Process.Start(new ProcessStartInfo("sh", arguments) { RedirectStandardInput = true })!;
        using RunDirectory next = RunDirectory.Create(_parent);

        Assert.True(orphan.WaitForExit(TimeSpan.FromSeconds(10)));
        Assert.Equal(137, orphan.ExitCode);
        Assert.False(Directory.Exists(dead));
    }

    [Fact]
    public void Create_place_is_open_to_others_is_refused()
    {
        Directory.CreateDirectory(Root);
        File.SetUnixFileMode(Root, OwnerOnly | UnixFileMode.GroupRead);

        VirtualMachineException error = Assert.Throws<VirtualMachineException>(() => RunDirectory.Create(_parent));
        Assert.Contains(Root, error.Message, StringComparison.Ordinal);
        Assert.Contains("chmod 700", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_place_of_somebody_else_is_refused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give a directory away.");
        Directory.CreateDirectory(Root, OwnerOnly);
        using (Process chown = Process.Start("chown", ["4321", Root]))
            chown.WaitForExit();

        VirtualMachineException error = Assert.Throws<VirtualMachineException>(() => RunDirectory.Create(_parent));
        Assert.Contains("4321", error.Message, StringComparison.Ordinal);
        Assert.Contains("ISLET_RUN_DIRECTORY", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_place_is_a_symbolic_link_is_refused()
    {
        string elsewhere = Directory.CreateDirectory(Path.Combine(_parent, "elsewhere"), OwnerOnly).FullName;
        Directory.CreateSymbolicLink(Root, elsewhere);

        Assert.Throws<VirtualMachineException>(() => RunDirectory.Create(_parent));
    }

    [Fact]
    public void CreateMachine_path_too_long_for_a_socket_says_what_to_set()
    {
        string parent = Directory.CreateDirectory(Path.Combine(_parent, new string('x', 80))).FullName;
        using RunDirectory run = RunDirectory.Create(parent);

        VirtualMachineException error = Assert.Throws<VirtualMachineException>(run.CreateMachine);
        Assert.Contains("ISLET_RUN_DIRECTORY", error.Message, StringComparison.Ordinal);
    }
}
