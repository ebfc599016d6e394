using Aspire.Hosting.ApplicationModel;

namespace Islet.Aspire;

/// <summary>What says of a container that it runs in a micro-VM.</summary>
internal static class MicroVmSwitch
{
    /// <summary>Says it, if it is not said yet, and gives the options.</summary>
    public static MicroVmOptions TurnOn(ContainerResource container)
    {
        if (container.Annotations.OfType<MicroVmAnnotation>().LastOrDefault() is not { } annotation)
        {
            annotation = new MicroVmAnnotation();
            container.Annotations.Add(annotation);
            RefuseDeveloperCertificate(container);
        }

        return annotation.Options;
    }

    // Experimental so far; what is used of it is what the methods of the same names do.
#pragma warning disable ASPIRECERTIFICATES001

    /// <summary>Whether somebody has asked for TLS.</summary>
    public static bool HasCertificate(ContainerResource container) =>
        container.Annotations.OfType<HttpsCertificateAnnotation>().LastOrDefault() is { } annotation
        && (annotation.UseDeveloperCertificate == true || annotation.Certificate is not null);

    // Where there is a developer certificate some integrations, Redis and Keycloak among them, move their endpoints to TLS by themselves. The
    // certificate would come from the orchestrator, so that nobody would answer there.
    private static void RefuseDeveloperCertificate(ContainerResource container)
    {
        if (!HasCertificate(container))
            container.Annotations.Add(new HttpsCertificateAnnotation { UseDeveloperCertificate = false });
    }

#pragma warning restore ASPIRECERTIFICATES001
}
