using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Islet.Networking.Outbound;

/// <summary>Returns the verdict on a frame that a guest sends.</summary>
internal delegate FrameVerdict FrameJudge(ReadOnlySpan<byte> frame);

/// <summary>
/// The only connection between a machine's network card and the outside. Each frame from the guest is checked, and dropped unless it
/// passes; the answers go back unchanged. If no gate is open, or the gate fails, no frame passes.
/// </summary>
/// <remarks>
/// Each direction reads more only after the other side has taken the last frame, and the machine sends more only after its frame was read.
/// So the frames of a guest that floods wait in its own card; neither its machine nor this process keeps more than one of them.
/// </remarks>
internal sealed class OutboundGate
{
    // One byte more than the longest frame: a frame that fills the buffer is too long, whatever its length was.
    private const int BufferLength = FrameFilter.LongestFrame + 1;

    // The number of frames that are carried before other work gets its turn on the thread.
    private const int Turn = 256;

    private readonly FrameJudge _judge;
    private readonly ILogger _logger;
    private readonly long[] _counts = new long[Enum.GetValues<FrameVerdict>().Length];

    private OutboundGate(FrameJudge judge, ILogger logger)
    {
        _judge = judge;
        _logger = logger;
    }

    /// <summary>Opens a gate, which stays open until one of the sockets is closed. The caller keeps ownership of them.</summary>
    /// <param name="card">The socket with frames from and to the guest's card.</param>
    /// <param name="outside">The socket with frames to and from the outside.</param>
    /// <param name="judge">Decides which frames pass.</param>
    /// <param name="logger">Receives a message about the first dropped frame.</param>
    public static OutboundGate Open(Socket card, Socket outside, FrameJudge judge, ILogger logger)
    {
        var gate = new OutboundGate(judge, logger);
        gate.Closed = Task.WhenAll(
            Task.Run(() => gate.CarryAsync(card, outside, isJudged: true)),
            Task.Run(() => gate.CarryAsync(outside, card, isJudged: false)));
        return gate;
    }

    /// <summary>Completes when no frame passes any more. Never faults.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    /// <summary>Returns the number of the guest's frames with the given verdict.</summary>
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
            _logger.WayOutClosed(exception.Message);
        }
    }

    private bool Passes(ReadOnlySpan<byte> frame)
    {
        FrameVerdict verdict = _judge(frame);
        if (Interlocked.Increment(ref _counts[(int)verdict]) == 1 && verdict != FrameVerdict.Pass)
            _logger.FrameDropped(verdict, frame.Length);
        return verdict == FrameVerdict.Pass;
    }
}
