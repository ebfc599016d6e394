using System.Text.Json;
using System.Text.Json.Serialization;
using Islet.Description;
using Islet.Engine;
using Islet.Images;
using Islet.Storage;

namespace Islet.Starting;

/// <summary>
/// The data that another process needs to start a container from a checkpoint: the file <c>container.json</c> next to the memory. The
/// environment is not in it; the agent has it, in the memory.
/// </summary>
internal sealed record CheckpointRecord
{
    private const int MaxLength = 8 << 20;

    public required string Image { get; init; }

    public required Digest ImageDigest { get; init; }

    public required ImageConfig ImageConfig { get; init; }

    /// <summary>
    /// The platform of the machine; <see langword="null"/>: the host's own, in a record that is older than this property.
    /// </summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether the machine has the host's architecture, and a translator for the platform's programs.</summary>
    public bool IsTranslated { get; init; }

    public required string Name { get; init; }

    public string? Hostname { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyList<PortBinding> Ports { get; init; }

    public IReadOnlyList<HostPortBinding> HostPorts { get; init; } = [];

    public required bool Network { get; init; }

    public required string WorkingDirectory { get; init; }

    public required string User { get; init; }

    public required IReadOnlyList<string> AdditionalGroups { get; init; }

    public required IReadOnlyList<string> Capabilities { get; init; }

    public bool Privileged { get; init; }

    public bool NoNewPrivileges { get; init; }

    public IReadOnlyList<string>? DeniedSystemCalls { get; init; }

    public required IReadOnlyList<ResourceLimit> ResourceLimits { get; init; }

    public TerminalSize? Terminal { get; init; }

    public bool OpenStdin { get; init; }

    public int? StopSignal { get; init; }

    public required long Memory { get; init; }

    public required int Cpus { get; init; }

    public string? KernelPath { get; init; }

    public required string KernelArguments { get; init; }

    public required string RootDiskPath { get; init; }

    public required SavedLog Log { get; init; }

    public static CheckpointRecord Of(ContainerBlueprint blueprint, SavedLog log)
    {
        ContainerOptions options = blueprint.Options;
        return new CheckpointRecord
        {
            Image = options.Image.ToString()!,
            ImageDigest = blueprint.ImageDigest,
            ImageConfig = blueprint.ImageConfig,
            Platform = options.Platform,
            IsTranslated = blueprint.Translator is not null,
            Name = blueprint.Name,
            Hostname = options.Hostname,
            Labels = options.Labels,
            Ports = options.Ports,
            HostPorts = options.HostPorts,
            Network = options.Network,
            WorkingDirectory = blueprint.Process.WorkingDirectory,
            User = blueprint.Process.User,
            AdditionalGroups = options.AdditionalGroups,
            Capabilities = blueprint.Process.Capabilities,
            Privileged = options.Privileged,
            NoNewPrivileges = options.NoNewPrivileges,
            DeniedSystemCalls = options.Seccomp?.DeniedSystemCalls,
            ResourceLimits = options.ResourceLimits,
            Terminal = options.Terminal,
            OpenStdin = options.OpenStdin,
            StopSignal = options.StopSignal?.Number,
            Memory = blueprint.Memory.Bytes,
            Cpus = blueprint.Machine.Cpus,
            KernelPath = options.KernelPath,
            KernelArguments = options.KernelArguments,
            RootDiskPath = blueprint.Machine.RootDisk!.Path,
            Log = log.Shorten(),
        };
    }

    /// <summary>Reads the record that is kept with a snapshot.</summary>
    /// <exception cref="SnapshotException">It is missing or damaged.</exception>
    public static CheckpointRecord Read(string directory)
    {
        try
        {
            using FileStream? file = StoreFile.TryOpenRead(PathIn(directory));
            if (file is { Length: <= MaxLength }
                && JsonSerializer.Deserialize(file, CheckpointJsonContext.Default.CheckpointRecord) is { } record)
                return record;
        }
        catch (JsonException)
        {
            // The exception at the end of this method reports it.
        }

        throw new SnapshotException(
            $"The checkpoint in {directory} can't be used: container.json is missing or damaged. Remove that directory.");
    }

    /// <exception cref="StorageException">There is no space for it.</exception>
    public void Write(string directory) => StoreFile.Replace(
        PathIn(directory), PathIn(directory) + ".tmp", JsonSerializer.SerializeToUtf8Bytes(
            this, CheckpointJsonContext.Default.CheckpointRecord));

    /// <summary>Returns the container's description, without the settings that only mattered to its start.</summary>
    /// <exception cref="HostUnsupportedException">The guest's files, QEMU or the translator are missing.</exception>
    /// <exception cref="StorageException">The initramfs with the translator can't be made.</exception>
    public ContainerBlueprint ToBlueprint(RuntimeEngine engine)
    {
        var options = new ContainerOptions
        {
            Image = ImageReference.Parse(Image),
            Platform = Platform ?? Platform.Host,
            Emulation = IsTranslated ? Emulation.UserMode : Emulation.System,
            Name = Name,
            Hostname = Hostname,
            Labels = [.. Labels],
            Ports = [.. Ports],
            HostPorts = [.. HostPorts],
            Network = Network,
            WorkingDirectory = WorkingDirectory,
            User = User,
            AdditionalGroups = [.. AdditionalGroups],
            Privileged = Privileged,
            NoNewPrivileges = NoNewPrivileges,
            Seccomp = DeniedSystemCalls is { } denied ? new SeccompProfile(denied) : null,
            ResourceLimits = [.. ResourceLimits],
            Terminal = Terminal,
            OpenStdin = OpenStdin,
            StopSignal = StopSignal is { } signal ? new ContainerSignal(signal) : null,
            Memory = MemorySize.FromBytes(Memory),
            Cpus = Cpus,
            KernelPath = KernelPath,
            KernelArguments = KernelArguments,
        };
        return ContainerBlueprint.Create(
            engine, options, engine.Guests.Locate(engine.Backend, options), ImageDigest, ImageConfig,
            new ProcessSettings([], new Dictionary<string, string>(), WorkingDirectory, User, Capabilities), RootDiskPath);
    }

    private static string PathIn(string directory) => Path.Combine(directory, "container.json");
}

/// <summary>The JSON of checkpoints, compiled ahead of time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    Converters = [typeof(PlatformJsonConverter)],
    MaxDepth = 8)]
[JsonSerializable(typeof(CheckpointRecord))]
internal sealed partial class CheckpointJsonContext : JsonSerializerContext;
