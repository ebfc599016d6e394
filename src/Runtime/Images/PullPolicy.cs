namespace Islet;

/// <summary>When a registry is asked for an image.</summary>
public enum PullPolicy
{
    /// <summary>When the image is not in the local store. The default.</summary>
    Missing,

    /// <summary>Every time; content that is already in the store is not transferred again.</summary>
    Always,

    /// <summary>Never: the image has to be in the store.</summary>
    Never,
}
