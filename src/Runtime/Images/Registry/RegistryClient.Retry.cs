namespace Islet.Images.Registry;

internal sealed partial class RegistryClient
{
    /// <summary>Repeats an operation that fails for a reason that may pass.</summary>
    private async Task<T> RetryAsync<T>(
        RegistryEndpoint endpoint, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        TimeSpan delay = _options.RetryDelay;
        for (int attempts = 0; ; attempts++)
        {
            TimeSpan pause;
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (RegistryUnreachableException exception) when (exception.IsTransient && attempts < _options.Retries)
            {
                pause = exception.RetryAfter is { } asked && asked > delay ? asked : delay;
                if (pause > _options.LongestRetryDelay)
                    throw;

                _logger.RequestFailed(exception, endpoint.Registry, pause);
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            delay *= 2;
        }
    }
}
