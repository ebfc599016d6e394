using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Islet.Networking.Outbound;

/// <summary>Judges a frame that a guest sends.</summary>
internal delegate FrameVerdict FrameJudge(ReadOnlySpan<byte> frame);

/// <summary>
/// The only connection between a machine's card and its way out. What the guest sends is judged, and dropped unless it passes; the answers go
/// back as they are. Where no gate is opened, or it fails, nothing passes.
/// </summary>
/// <remarks>
/// Neither direction reads on before the other side has taken what was read, and the machine sends on only when it was read: a guest that
/// floods waits in its own card, and neither its machine nor this process keeps more than one frame of it.
/// </remarks>
internal sealed class OutboundGate
{
    // One byte more than a frame may have: one that fills it is too long, whatever its length was.
    private const int BufferLength = FrameFilter.LongestFrame + 1;

    // So many frames are carried before others have their turn on the thread.
    private const int Turn = 256;

    private readonly FrameJudge _judge;
    private readonly ILogger _logger;
    private readonly long[] _counts = new long[Enum.GetValues<FrameVerdict>().Length];

    private OutboundGate(FrameJudge judge, ILogger logger)
    {
        _judge = judge;
        _logger = logger;
    }

    /// <summary>Opens a gate, which is open until one of the sockets is closed. They stay their owner's.</summary>
    /// <param name="card">Frames from and for the guest's card.</param>
    /// <param name="outside">Frames for and from the way out.</param>
    /// <param name="judge">Decides what passes.</param>
    /// <param name="logger">Is told of the first frame that is dropped.</param>
    public static OutboundGate Open(Socket card, Socket outside, FrameJudge judge, ILogger logger)
    {
        var gate = new OutboundGate(judge, logger);
        gate.Closed = Task.WhenAll(
            Task.Run(() => gate.CarryAsync(card, outside, isJudged: true)), Task.Run(() => gate.CarryAsync(outside, card, isJudged: false)));
        return gate;
    }

    /// <summary>Completes when nothing passes any more. Never faults.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    /// <summary>How many frames of the guest's were judged so.</summary>
    public long Count(FrameVerdict verdict) => Interlocked.Read(ref _counts[(int)verdict]);

    private async Task CarryAsync(Socket from, Socket to, bool isJudged)
    {
        byte[] buffer = new byte[BufferLength];
        try
        {
            for (int carried = 1; ; carried++)
            {
                int length = await from.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false);
                if (!isJudged || Passes(buffer.AsSpan(0, length)))
                    await to.SendAsync(buffer.AsMemory(0, length), SocketFlags.None).ConfigureAwait(false);
                if (carried % Turn == 0)
                    await Task.Yield();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The machine is gone, or is being ended.
            _logger.LogDebug(407, "A machine's way out is closed: {Reason}", exception.Message);
        }
    }

    private bool Passes(ReadOnlySpan<byte> frame)
    {
        FrameVerdict verdict = _judge(frame);
        if (Interlocked.Increment(ref _counts[(int)verdict]) == 1 && verdict != FrameVerdict.Pass)
            _logger.LogDebug(406, "A frame of a guest is dropped: {Verdict}, {Length} bytes. Further ones are dropped without a message.", verdict, frame.Length);
        return verdict == FrameVerdict.Pass;
    }
}
