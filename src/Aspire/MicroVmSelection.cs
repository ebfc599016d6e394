using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire;

/// <summary>The selection made by one call of <c>UseMicroVms</c>.</summary>
/// <param name="Filter">Selects the containers.</param>
/// <param name="Configure">Sets their options.</param>
internal sealed record MicroVmSelection(Func<ContainerResource, bool> Filter, Action<ContainerResource, MicroVmOptions> Configure);
