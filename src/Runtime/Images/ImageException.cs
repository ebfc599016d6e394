namespace Islet;

/// <summary>An image could not be had. The types derived from this one tell why.</summary>
public abstract class ImageException : IsletException
{
    private protected ImageException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
