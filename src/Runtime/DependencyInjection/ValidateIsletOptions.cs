using Microsoft.Extensions.Options;

namespace Islet.DependencyInjection;

/// <summary>
/// Validates the settings before they are used. This includes that configured files exist, which otherwise only a start would find.
/// </summary>
internal sealed class ValidateIsletOptions : IValidateOptions<IsletOptions>
{
    public ValidateOptionsResult Validate(string? name, IsletOptions options)
    {
        var environment = new IsletOptionsText();
        new IsletOptions().ReadEnvironment(Environment.GetEnvironmentVariable, environment);
        List<string> failures = [.. environment.Failures, .. IsletOptionsValidation.FindFailures(options)];
        RequireFile(nameof(IsletOptions.KernelPath), options.KernelPath);
        RequireFile(nameof(IsletOptions.InitramfsPath), options.InitramfsPath);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void RequireFile(string setting, string? path)
        {
            if (path is not null && !File.Exists(path))
                failures.Add(
                    $"{setting} is {path}, where there is no file: correct it, or leave it out for the one that comes with Islet.");
        }
    }
}
