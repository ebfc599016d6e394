using Islet.VirtualMachines.Qemu;

namespace Islet.Tests.VirtualMachines.SaveRestore;

public sealed class SavedStateTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("islet-state-").FullName;

    private string StatePath => Path.Combine(_directory, "state");

    [Fact]
    public async Task ReadAsync_gives_what_was_written_and_nothing_else_is_left()
    {
        SavedState.Write(StatePath, "state"u8);

        Assert.Equal("state"u8.ToArray(), (await SavedState.ReadAsync(StatePath, TestContext.Current.CancellationToken)).ToArray());
        Assert.Equal([StatePath], Directory.GetFileSystemEntries(_directory));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StatePath));
    }

    [Fact]
    public async Task ReadAsync_every_damaged_bit_is_noticed()
    {
        SavedState.Write(StatePath, "state"u8);
        byte[] whole = await File.ReadAllBytesAsync(StatePath, TestContext.Current.CancellationToken);
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(StatePath, damaged, TestContext.Current.CancellationToken);

            await Assert.ThrowsAsync<SavedMachineException>(() => SavedState.ReadAsync(StatePath, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task ReadAsync_every_length_but_the_right_one_is_noticed()
    {
        SavedState.Write(StatePath, "state"u8);
        byte[] whole = await File.ReadAllBytesAsync(StatePath, TestContext.Current.CancellationToken);
        for (int length = 0; length <= whole.Length + 1; length++)
        {
            if (length == whole.Length)
                continue;

            byte[] cut = [.. whole.Take(length), .. new byte[Math.Max(0, length - whole.Length)]];
            await File.WriteAllBytesAsync(StatePath, cut, TestContext.Current.CancellationToken);

            await Assert.ThrowsAsync<SavedMachineException>(() => SavedState.ReadAsync(StatePath, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Write_directory_is_missing_is_a_storage_error() =>
        Assert.Throws<StorageException>(() => SavedState.Write(Path.Combine(_directory, "nowhere", "state"), "state"u8));

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
