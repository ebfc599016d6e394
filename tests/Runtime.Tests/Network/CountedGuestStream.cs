
namespace Islet.Tests.Networking;

/// <summary>A guest that sends a given number of bytes as fast as they are read, and counts them.</summary>
internal sealed class CountedGuestStream(long total) : GuestStream
{
    private readonly TaskCompletionSource _firstRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytesRead;

    public Task FirstRead => _firstRead.Task;
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public override bool CanRead => true;
    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _firstRead.TrySetResult();
        int count = (int)Math.Min(buffer.Length, total - BytesRead);
        Interlocked.Add(ref _bytesRead, count);
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) => default;
    public override void Abort() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }
}
