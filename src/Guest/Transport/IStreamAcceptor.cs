namespace Islet.Guest.Transport;

/// <summary>Takes the streams that the host opens, from whichever transport they come.</summary>
internal interface IStreamAcceptor
{
    void Accept(HostStream stream);
}
