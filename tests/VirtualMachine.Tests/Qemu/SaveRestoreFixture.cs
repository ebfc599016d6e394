using System.Globalization;
using System.Security.Cryptography;
using Islet.VirtualMachines;
using Islet.VirtualMachines.Qemu;

namespace Islet.VirtualMachine.Tests.Qemu;

/// <summary>One booted machine, saved once for all tests that only read it.</summary>
public sealed class SaveRestoreFixture : IDisposable
{
    private readonly QemuFixture _qemu = new();
    private readonly SemaphoreSlim _freezing = new(1);
    private SavedMachine? _saved;
    private int _lastName;

    internal QemuBackend Backend => _qemu.Backend;

    internal VirtualMachineOptions Options() => _qemu.Options();

    /// <summary>Returns an unused path on the disk of the fixture.</summary>
    internal string NewPath(string name) =>
        Path.Combine(_qemu.Parent, $"{Interlocked.Increment(ref _lastName)}-{name}");

    internal IReadOnlyList<string> Leftovers() => _qemu.Leftovers();

    internal async Task<SavedMachine> SavedAsync()
    {
        VirtualMachineOptions options = Options() with { MemoryFilePath = Path.Combine(_qemu.Parent, "template.memory") };
        await _freezing.WaitAsync(QemuFixture.Cancellation);
        try
        {
            if (_saved is not null)
                return _saved;

            await using QemuVirtualMachine machine = await _qemu.StartAsync(options);
            _ = await QemuFixture.GetInfoAsync(machine.Channel);
            return _saved = await machine.SaveAsync(
                Path.Combine(_qemu.Parent, "template.state"), cancellationToken: QemuFixture.Cancellation);
        }
        finally
        {
            _freezing.Release();
        }
    }

    internal async Task<QemuVirtualMachine> RestoreAsync(
        SavedMachine saved, VirtualMachineOptions? options = null, RestoreMode mode = RestoreMode.Private) =>
        (QemuVirtualMachine)await Backend.RestoreAsync(options ?? Options(), saved, mode, new StartupTimeline(), QemuFixture.Cancellation);

    /// <summary>Copies the saved machine, with separate files that a test can damage.</summary>
    internal async Task<SavedMachine> CopyAsync()
    {
        SavedMachine saved = await SavedAsync();
        SavedMachine copy = saved with { MemoryPath = NewPath("memory"), StatePath = NewPath("state") };
        File.Copy(saved.MemoryPath, copy.MemoryPath);
        File.Copy(saved.StatePath, copy.StatePath);
        return copy;
    }

    internal static async Task<string> HashAsync(string path)
    {
        await using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(file, QemuFixture.Cancellation));
    }

    /// <summary>Returns the number of KiB that are private in a process's mapping of a file.</summary>
    internal static long PrivateKibibytesOf(int processId, string path) =>
        File.ReadLines($"/proc/{processId}/smaps")
            .SkipWhile(line => !line.EndsWith(path, StringComparison.Ordinal))
            .Where(line => line.StartsWith("Private_Dirty:", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
            .First();

    public void Dispose()
    {
        _qemu.Dispose();
        _freezing.Dispose();
    }
}
