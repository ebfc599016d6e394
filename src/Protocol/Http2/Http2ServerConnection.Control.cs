using System.Buffers.Binary;

namespace Islet.Protocol.Http2;

internal sealed partial class Http2ServerConnection
{
    private const int SettingSize = 6, PingSize = 8, GoAwaySize = 8, WordSize = 4;
    private const byte SettingPush = 2, SettingMaxStreams = 3, SettingInitialWindow = 4, SettingMaxFrame = 5, SettingMaxHeaders = 6;

    private void ReceiveReset(ReadOnlySpan<byte> payload)
    {
        RequireLength(payload, WordSize);
        RequireKnownStream();

        // A reset of a stream that has ended already, or that was answered, is how a client closes it: a busy host sends thousands.
        if (!_streams.TryGetValue(_frame.StreamId, out Http2Stream? stream))
            return;
        if (!stream.HeadersSent)
            RequireFewResets();
        Remove(stream);
        stream.Handler.Lost();
    }

    private void ReceiveSettings(ReadOnlySpan<byte> payload)
    {
        RequireConnectionFrame();
        RequireCalm();
        if (_frame.Has(FrameFlags.Acknowledge))
        {
            RequireLength(payload, 0);
            return;
        }

        if (payload.Length % SettingSize != 0)
            throw Fail(Http2Error.FrameSizeError, $"A SETTINGS frame has {payload.Length} bytes.");
        for (; !payload.IsEmpty; payload = payload[SettingSize..])
        {
            RequireCalm();
            ReceiveSetting(BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
        }

        RequireReader();
        WriteFrame(FrameType.Settings, FrameFlags.Acknowledge, 0, []);
    }

    private void ReceiveSetting(ushort name, uint value)
    {
        if (name == SettingInitialWindow)
            ChangeInitialWindow(value);
        else if (name == SettingMaxFrame && value is < Http2Limits.MaxFrameSize or > 0xFFFFFF)
            throw Fail(Http2Error.ProtocolError, $"{value} is no size of a frame.");
        else if (name == SettingMaxFrame)
            _maxFrame = (int)Math.Min(value, Http2Limits.MaxSentFrameSize);
        else if (name == SettingPush && value > 1)
            throw Fail(Http2Error.ProtocolError, $"{value} neither allows nor forbids to push.");
    }

    private void ChangeInitialWindow(uint value)
    {
        if (value > int.MaxValue)
            throw Fail(Http2Error.FlowControlError, $"{value} is larger than any window.");
        long change = value - _initialSendCredit;
        _initialSendCredit = value;
        foreach (Http2Stream stream in _streams.Values.ToArray())
        {
            stream.SendCredit += change;
            if (stream.SendCredit > int.MaxValue)
                throw Fail(Http2Error.FlowControlError, $"The window of stream {stream.Id} is too large.");
            if (change > 0)
                stream.OnWindowOpened();
        }
    }

    private void ReceivePing(ReadOnlySpan<byte> payload)
    {
        RequireLength(payload, PingSize);
        RequireConnectionFrame();
        RequireCalm();
        RequireReader();
        if (!_frame.Has(FrameFlags.Acknowledge))
            WriteFrame(FrameType.Ping, FrameFlags.Acknowledge, 0, payload);
    }

    private void ReceiveGoAway(ReadOnlySpan<byte> payload)
    {
        // The client says that it accepts no stream from here, and none is ever opened from here.
        RequireConnectionFrame();
        if (payload.Length < GoAwaySize)
            throw Fail(Http2Error.FrameSizeError, $"A GOAWAY frame has {payload.Length} bytes.");
        RequireCalm();
    }

    private void ReceivePriority(ReadOnlySpan<byte> payload)
    {
        if (_frame.StreamId == 0)
            throw Fail(Http2Error.ProtocolError, "A PRIORITY frame is on no stream.");
        RequireLength(payload, PrioritySize);
        RequireCalm();
    }

    private void ReceiveWindowUpdate(ReadOnlySpan<byte> payload)
    {
        RequireLength(payload, WordSize);
        uint increment = BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFFFFFF;
        if (_frame.StreamId == 0)
        {
            if (increment == 0)
                throw Fail(Http2Error.ProtocolError, "A WINDOW_UPDATE frame adds nothing.");
            if (SendCredit + increment > int.MaxValue)
                throw Fail(Http2Error.FlowControlError, "The window of the connection is too large.");
            SendCredit += increment;
            Unblock();
            return;
        }

        RequireKnownStream();
        if (!_streams.TryGetValue(_frame.StreamId, out Http2Stream? stream))
            return;
        if (increment == 0)
        {
            ResetByFault(stream, Http2Error.ProtocolError);
        }
        else if (stream.SendCredit + increment > int.MaxValue)
        {
            ResetByFault(stream, Http2Error.FlowControlError);
        }
        else
        {
            stream.SendCredit += increment;
            stream.OnWindowOpened();
        }
    }
}
