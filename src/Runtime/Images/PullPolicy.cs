namespace Islet;

/// <summary>The cases in which a registry is asked for an image.</summary>
public enum PullPolicy
{
    /// <summary>Ask when the image is not in the local store. The default.</summary>
    Missing,

    /// <summary>Ask every time. Content that is already in the store is not transferred again.</summary>
    Always,

    /// <summary>Never ask: the image has to be in the store.</summary>
    Never,
}
