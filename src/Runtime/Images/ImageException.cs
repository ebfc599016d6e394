namespace Islet;

/// <summary>The error that an image could not be obtained. The derived types say why.</summary>
public abstract class ImageException : ContainerStartException
{
    private protected ImageException(string message, Exception? innerException)
        : base(ContainerStartReason.Image, message, innerException)
    {
    }
}
