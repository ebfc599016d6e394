namespace Islet.Agent;

/// <summary>The guest's end of a stream broke off, which is told apart from errors of the host's own files.</summary>
internal sealed class GuestLostException(IOException cause) : IOException(cause.Message, cause);
