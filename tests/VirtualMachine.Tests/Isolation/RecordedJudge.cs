using System.Collections.Concurrent;
using Islet.Networking.Outbound;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>Records the host filter's verdicts on the frames of a machine, and can let all of them pass.</summary>
internal sealed class RecordedJudge(bool passesAll)
{
    private readonly ConcurrentDictionary<string, int> _refused = new();
    private int _passed;

    /// <summary>Judges a frame.</summary>
    public FrameVerdict Judge(ReadOnlySpan<byte> frame)
    {
        FrameVerdict verdict = FrameFilter.Judge(frame);
        if (verdict == FrameVerdict.Pass)
            Interlocked.Increment(ref _passed);
        else if (!IsAnnouncement(frame))
            _refused.AddOrUpdate($"{verdict}: {Convert.ToHexString(frame.Length > 48 ? frame[..48] : frame)}", 1, (_, count) => count + 1);
        return passesAll ? FrameVerdict.Pass : verdict;
    }

    // QEMU itself announces the new location of a restored machine to the network, by a reverse ARP request that no guest has sent.
    private static bool IsAnnouncement(ReadOnlySpan<byte> frame) =>
        frame.Length >= 22 && frame[12..22].SequenceEqual(stackalloc byte[] { 0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3 });

    /// <summary>The number of frames that the filter passes.</summary>
    public int Passed => Volatile.Read(ref _passed);

    /// <summary>The frames that the filter refuses, even if they were let pass.</summary>
    public IReadOnlyCollection<string> Refused => [.. _refused.Keys];
}
