namespace Islet.Guest.Transport;

/// <summary>Accepts the streams that the host opens, from any transport.</summary>
internal interface IStreamAcceptor
{
    void Accept(HostStream stream);
}
