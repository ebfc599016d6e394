using System.Collections.Concurrent;
using Islet.Networking.Outbound;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>Writes down how the host's filter judges what comes out of a machine, and may let all of it pass.</summary>
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

    // QEMU itself tells a network where a restored machine is now, by a reverse ARP request that no guest has sent.
    private static bool IsAnnouncement(ReadOnlySpan<byte> frame) =>
        frame.Length >= 22 && frame[12..22].SequenceEqual(stackalloc byte[] { 0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3 });

    /// <summary>How many frames the filter lets pass.</summary>
    public int Passed => Volatile.Read(ref _passed);

    /// <summary>Each frame that it would not, or did not, let pass.</summary>
    public IReadOnlyCollection<string> Refused => [.. _refused.Keys];
}
