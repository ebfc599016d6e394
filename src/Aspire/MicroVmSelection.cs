using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire;

/// <summary>What one <c>UseMicroVms</c> has said.</summary>
/// <param name="Filter">Which containers it is about.</param>
/// <param name="Configure">How they run.</param>
internal sealed record MicroVmSelection(Func<ContainerResource, bool> Filter, Action<ContainerResource, MicroVmOptions> Configure);
