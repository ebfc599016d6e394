namespace Islet;

/// <summary>The error that an image's content is invalid: a wrong digest, malformed JSON, an unsupported kind of layer …</summary>
public sealed class InvalidImageException(string message, Exception? innerException = null) : ImageException(message, innerException);
