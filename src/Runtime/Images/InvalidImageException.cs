namespace Islet;

/// <summary>An image's content is not what it has to be: a wrong digest, malformed JSON, an unsupported kind of layer …</summary>
public sealed class InvalidImageException(string message, Exception? innerException = null) : ImageException(message, innerException);
