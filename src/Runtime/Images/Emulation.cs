namespace Islet;

/// <summary>The ways to run the programs of an image for another architecture than the host's.</summary>
public enum Emulation
{
    /// <summary>
    /// The faster of the ways that this host has: where machines are accelerated (KVM), <see cref="UserMode"/>; where QEMU emulates them
    /// anyway, <see cref="System"/>.
    /// </summary>
    Automatic,

    /// <summary>
    /// The machine has the host's architecture, and a translator in it runs the image's programs (Linux's binfmt_misc): QEMU's user mode
    /// emulation, a static <c>qemu-aarch64</c> or the like of this host. The kernel runs at its full speed. Programs that watch other
    /// programs (ptrace) or need a feature of the kernel that the translator does not know do not work.
    /// </summary>
    UserMode,

    /// <summary>The machine has the image's architecture, and QEMU emulates all of it, the kernel as well.</summary>
    System,
}
