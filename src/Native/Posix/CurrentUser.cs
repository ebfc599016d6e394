namespace Islet.Native.Posix;

/// <summary>The user that this process acts as.</summary>
internal static class CurrentUser
{
    /// <summary>The effective user id.</summary>
    public static uint Id => Libc.GetEffectiveUserId();
}
