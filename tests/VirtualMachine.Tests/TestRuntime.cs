using Islet.Engine;

namespace Islet.VirtualMachine.Tests;

/// <summary>The runtime that the tests share. A test is skipped, with the backend's own reason, where no machine can run.</summary>
internal static class TestRuntime
{
    public static ContainerRuntime Instance { get; } = new();

    /// <summary>
    /// The runtime for tests that find a machine by its container's name: a machine that was started ahead would not have it.
    /// </summary>
    public static ContainerRuntime OfNamedMachines { get; } = new(new IsletOptions { PrestartQemu = false });

    /// <summary>A container of the debian image that does nothing.</summary>
    public static ContainerBuilder Idle => new ContainerBuilder(TestImages.Debian)
        .WithName("idle").WithMemory(MemorySize.FromMebibytes(128)).WithCommand("sleep", "infinity");

    public static Task<Container> StartTestAsync(this ContainerBuilder builder)
    {
        RequireMachines();
        return builder.StartAsync(Instance, TestContext.Current.CancellationToken);
    }

    /// <summary>Returns the files that the machines of this host boot.</summary>
    public static GuestArtifacts LocateGuest() => Instance.Engine.Guests.Locate(Instance.Engine.Backend, Idle.Options);

    public static void RequireMachines() => Assert.SkipUnless(Instance.Support.IsSupported, Instance.Support.Reason);
}
