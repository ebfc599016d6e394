namespace Islet.VirtualMachine.Tests;

/// <summary>Expects starts to fail.</summary>
internal static class StartFailures
{
    /// <summary>Expects a start to fail for a reason that has no type of its own.</summary>
    public static async Task<ContainerStartException> ExpectAsync(ContainerStartReason reason, Func<Task> start)
    {
        ContainerStartException exception = await Assert.ThrowsAsync<ContainerStartException>(start);
        Assert.Equal(reason, exception.Reason);
        Assert.Equal(FailureEvidence.None, Assert.IsAssignableFrom<IsletException>(exception.InnerException).Evidence);
        return exception;
    }

    /// <summary>Whether the type of an exception says if the container runs on, as a program outside of Islet can see.</summary>
    public static bool IsTyped(Exception? exception) =>
        exception is ContainerOperationException or ContainerEndedException or ContainerStartException && exception.GetType().IsPublic;
}
