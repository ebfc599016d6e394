namespace Islet.Diagnostics;

/// <summary>The names of tags, taken from OpenTelemetry where it has one.</summary>
internal static class TelemetryTags
{
    public const string ContainerName = "container.name";
    public const string ContainerImage = "container.image.name";
    public const string ErrorType = "error.type";
    public const string Operation = "islet.operation";
    public const string Phase = "islet.phase";
    public const string StartKind = "islet.start.kind";
    public const string Backend = "islet.machine.backend";
    public const string Accelerator = "islet.machine.accelerator";
    public const string Memory = "islet.machine.memory";
    public const string Cpus = "islet.machine.cpus";
}

/// <summary>The origins of a container: the values of the tag <c>islet.start.kind</c>.</summary>
internal static class StartKinds
{
    /// <summary>The machine was booted.</summary>
    public const string Cold = "cold";

    /// <summary>The machine was restored from a boot template.</summary>
    public const string Template = "template";

    /// <summary>The machine had been restored ahead of the start.</summary>
    public const string Pooled = "pooled";

    /// <summary>The container was restored in its ready state.</summary>
    public const string Warm = "warm";

    /// <summary>The container was restored from a checkpoint.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>Returns the kind, derived from the phases that succeeded.</summary>
    public static string Of(IReadOnlyList<StartupPhase> phases)
    {
        if (Has(StartupPhases.Boot))
            return Cold;
        if (Has(StartupPhases.Renew))
            return Warm;
        return Has(StartupPhases.Spawn) ? Template : Pooled;

        bool Has(string name) => phases.Any(phase => phase.Name == name && phase.Duration is not null);
    }
}
