using System.Collections.Concurrent;

namespace Islet.VirtualMachines.Qemu.Processes;

/// <summary>
/// The thread that starts every QEMU. <c>PR_SET_PDEATHSIG</c> refers to the thread that forked, not to its process. A machine started from
/// the thread pool would die with that pool thread. This thread lives as long as the process.
/// </summary>
internal static class SpawningThread
{
    private static readonly BlockingCollection<Action> s_requests = [];

    private static readonly Lazy<Thread> s_running = new(() =>
    {
        var thread = new Thread(Serve) { IsBackground = true, Name = "Islet: starts machines" };
        thread.Start();
        return thread;
    });

    /// <summary>Runs a function on the thread.</summary>
    public static Task<T> RunAsync<T>(Func<T> function)
    {
        _ = s_running.Value;
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        s_requests.Add(() =>
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        });
        return result.Task;
    }

    private static void Serve()
    {
        foreach (Action request in s_requests.GetConsumingEnumerable())
            request();
    }
}
