namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value that is set later, and then perhaps again; who asks early waits.</summary>
public sealed class ValueSnapshot<T>
{
    private TaskCompletionSource<T> _value = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsValueSet => _value.Task.IsCompleted;

    public Task<T> GetValueAsync(CancellationToken cancellationToken = default) => _value.Task.WaitAsync(cancellationToken);

    public void SetValue(T value) => Complete(source => source.TrySetResult(value));

    private void Complete(Func<TaskCompletionSource<T>, bool> complete)
    {
        if (complete(_value))
            return;

        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        complete(source);
        _value = source;
    }
}
