namespace Islet.Agent;

/// <summary>The error that the guest's end of a stream broke off, as opposed to errors of the host's own files.</summary>
internal sealed class GuestLostException(IOException cause) : IOException(cause.Message, cause);
