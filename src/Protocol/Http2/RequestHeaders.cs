namespace Islet.Protocol.Http2;

/// <summary>The headers of a request that a server of gRPC looks at, and whether the request is well formed (RFC 9113, section
/// 8.3).</summary>
internal sealed class RequestHeaders : IHeaderFields
{
    private byte[] _path = [], _contentType = [], _timeout = [];
    private bool _hasMethod, _hasScheme, _hasFields, _isTrailers;

    /// <summary>The path: "/package.Service/Method".</summary>
    public ReadOnlySpan<byte> Path => _path;

    public ReadOnlySpan<byte> ContentType => _contentType;

    /// <summary>The value of grpc-timeout, as it was given; empty without one.</summary>
    public ReadOnlySpan<byte> Timeout => _timeout;

    public bool IsPost { get; private set; }

    /// <summary>Whether the request breaks a rule of HTTP, and its stream is to be reset.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Begins the next block.</summary>
    /// <param name="isTrailers">Whether the block follows the body of a request.</param>
    public void Reset(bool isTrailers)
    {
        _path = _contentType = _timeout = [];
        _hasMethod = _hasScheme = _hasFields = IsPost = IsMalformed = false;
        _isTrailers = isTrailers;
    }

    /// <summary>Ends the block: a request has all of its pseudo fields.</summary>
    public void Complete() => IsMalformed |= !_isTrailers && (!_hasMethod || !_hasScheme || _path.Length == 0);

    public void Field(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IsEmpty || name[0] != ':')
            OrdinaryField(name, value);
        else if (_hasFields || _isTrailers)
            IsMalformed = true;
        else
            PseudoField(name, value);
    }

    private void PseudoField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual(":path"u8) && _path.Length == 0)
        {
            _path = value.ToArray();
        }
        else if (name.SequenceEqual(":method"u8) && !_hasMethod)
        {
            _hasMethod = true;
            IsPost = value.SequenceEqual("POST"u8);
        }
        else if (name.SequenceEqual(":scheme"u8) && !_hasScheme)
        {
            _hasScheme = true;
        }
        else if (!name.SequenceEqual(":authority"u8))
        {
            IsMalformed = true;
        }
    }

    private void OrdinaryField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _hasFields = true;
        IsMalformed |= name.IsEmpty || name.ContainsAnyInRange((byte)'A', (byte)'Z') || IsOfConnection(name)
            || (name.SequenceEqual("te"u8) && !value.SequenceEqual("trailers"u8));
        if (name.SequenceEqual("content-type"u8))
            _contentType = value.ToArray();
        else if (name.SequenceEqual("grpc-timeout"u8))
            _timeout = value.ToArray();
    }

    // Fields of HTTP/1 that say something of its connection (section 8.2.2).
    private static bool IsOfConnection(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("connection"u8) || name.SequenceEqual("transfer-encoding"u8) || name.SequenceEqual("upgrade"u8)
        || name.SequenceEqual("keep-alive"u8) || name.SequenceEqual("proxy-connection"u8);
}
