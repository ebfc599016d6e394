namespace Islet;

/// <summary>The error that an image could not be obtained. The derived types say why.</summary>
public abstract class ImageException : IsletException
{
    private protected ImageException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
