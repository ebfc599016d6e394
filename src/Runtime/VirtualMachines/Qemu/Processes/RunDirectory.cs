using System.ComponentModel;
using System.Globalization;
using System.Security.Cryptography;
using Islet.Native.Posix;
using Islet.Storage;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>
/// This process's directory, with a subdirectory for each of its machines: disk overlay, agent socket, console log. It is locked for as
/// long as the process lives, so that a later process can tell what was left behind; see <see cref="StaleRunDirectories"/>.
/// </summary>
/// <remarks>
/// It is not under <c>XDG_RUNTIME_DIR</c>, although sockets belong there: that is memory, which a container's writes to its disk would use
/// up. The path is short because a unix socket's may have no more than 107 bytes.
/// </remarks>
internal sealed class RunDirectory : IDisposable
{
    /// <summary>The file whose lock shows that the owner is alive.</summary>
    internal const string LockName = "lock";

    /// <summary>The prefix of a directory's name until its lock is taken.</summary>
    internal const string UnfinishedPrefix = ".new-";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly Lock s_sharedLock = new();
    private static readonly Dictionary<string, RunDirectory> s_sharedByParent = [];

    private readonly FileStream _lock;
    private readonly Janitor _janitor;
    private int _lastMachine;
    private int _disposed;

    private RunDirectory(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
        _janitor = Janitor.Start(path);
    }

    /// <summary>The directory's absolute path.</summary>
    public string Path { get; }

    /// <summary>The id of the process that cleans up after this one.</summary>
    internal int JanitorId => _janitor.ProcessId;

    /// <summary>Returns the directory of this process, created at its first use and removed when the process ends.</summary>
    /// <param name="parent">
    /// The directory that it is in; <see langword="null"/>: <c>/tmp</c>, or where that is memory <c>/var/tmp</c>.
    /// </param>
    /// <exception cref="VirtualMachineException">Another user owns the place for it, or a path would be too long.</exception>
    /// <exception cref="StorageException">The directory can't be written.</exception>
    public static RunDirectory OfThisProcess(string? parent)
    {
        parent = parent is null ? DefaultParent() : System.IO.Path.GetFullPath(parent);
        lock (s_sharedLock)
        {
            // A tool that tidies /tmp may have removed it while this process has been running for weeks.
            if (s_sharedByParent.TryGetValue(parent, out RunDirectory? shared) && Directory.Exists(shared.Path))
                return shared;

            RunDirectory made = Create(parent);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => made.Dispose();
            return s_sharedByParent[parent] = made;
        }
    }

    /// <summary>Creates a directory in <c>PARENT/islet-UID</c>, after removing the directories that dead processes left there.</summary>
    public static RunDirectory Create(string parent)
    {
        string root = System.IO.Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"islet-{CurrentUser.Id}"));
        try
        {
            Directory.CreateDirectory(root, OwnerOnly);
            RequireOwn(root);
            StaleRunDirectories.Remove(root);

            // Lock it before it gets the name that other processes look for, so that none of them takes it for a dead one's.
            string unfinished = System.IO.Path.Combine(root, UnfinishedPrefix + RandomName());
            string path = System.IO.Path.Combine(root, $"{Environment.ProcessId}-{RandomName()}");
            Directory.CreateDirectory(unfinished, OwnerOnly);
            var lockFile = new FileStream(
                System.IO.Path.Combine(unfinished, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
            _ = KernelLock.TryTake(lockFile.SafeFileHandle);
            Directory.Move(unfinished, path);
            return new RunDirectory(path, lockFile);
        }
        catch (Exception exception) when (exception is Win32Exception || StorageException.Describes(exception))
        {
            throw new StorageException(
                $"The directory {root} for running machines can't be written: {exception.Message} Set RunDirectory (ISLET_RUN_DIRECTORY) "
                + "to another one.", exception);
        }
    }

    /// <summary>Creates a directory for one more machine. The caller owns it.</summary>
    public MachineDirectory CreateMachine()
    {
        string name = Interlocked.Increment(ref _lastMachine).ToString(CultureInfo.InvariantCulture);
        string path = System.IO.Path.Combine(Path, name);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
        catch (Exception exception) when (StorageException.Describes(exception))
        {
            throw new StorageException(
                $"The machine's directory {path} can't be made: {exception.Message} Free some space, "
                + "or set RunDirectory (ISLET_RUN_DIRECTORY) to another directory.", exception);
        }

        return new MachineDirectory(path);
    }

    /// <summary>Ends every remaining machine, and removes everything.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        _janitor.CleanUpNow();
        if (Directory.Exists(Path))
        {
            // The janitor had been killed.
            StaleRunDirectories.RemoveNow(Path);
        }

        _lock.Dispose();
    }

    private static void RequireOwn(string root)
    {
        var status = PosixStatus.Of(root, followLink: false);
        string? fault = status.Type == PosixFileType.Folder
            ? OwnerCheck.OfRunDirectory.FindFault(status, root)
            : $"{root} is not a directory, so Islet does not trust it with its sockets. Remove it, or set RunDirectory "
                + "(ISLET_RUN_DIRECTORY) to a directory that only you can write.";
        if (fault is not null)
            throw new VirtualMachineException(fault);
    }

    // Where /tmp is memory, /var/tmp is not.
    private static string DefaultParent() => IsMemory("/tmp") && Directory.Exists("/var/tmp") ? "/var/tmp" : "/tmp";

    private static bool IsMemory(string path)
    {
        try
        {
            return new DriveInfo(path).DriveFormat == "tmpfs";
        }
        catch (IOException)
        {
            // .NET looks for the mount that has the path. In a chroot whose root is no mount there may be none.
            return false;
        }
    }

    private static string RandomName() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
}
