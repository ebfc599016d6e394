using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Islet.Aspire.Logging;
using Microsoft.Extensions.Logging;

namespace Islet.Aspire.Configuration;

#pragma warning disable ASPIRECERTIFICATES001 // experimental so far

/// <summary>Copies the files of <c>WithContainerFiles</c> into a container.</summary>
internal sealed class ContainerFiles(
    ContainerResource resource, IServiceProvider services, ContainerFileSystemCallbackHttpsCertificateContext? certificate, ILogger log)
{
    // 0666 and 0777, from which the umask takes bits away; 0022 is Aspire's default.
    private const UnixFileMode All = (UnixFileMode)0x1FF, ReadWrite = (UnixFileMode)0x1B6, DefaultUmask = (UnixFileMode)0x12;

    public async Task<ContainerBuilder> AddAsync(ContainerBuilder builder, CancellationToken cancellationToken)
    {
        foreach (ContainerFileSystemCallbackAnnotation annotation in resource.Annotations
            .OfType<ContainerFileSystemCallbackAnnotation>().ToArray())
        {
            var context = new ContainerFileSystemCallbackContext
            {
                Model = resource,
                Services = services,
                HttpsCertificateContext = certificate,
            };
            foreach (ContainerFileSystemItem item in await annotation.Callback(context, cancellationToken).ConfigureAwait(false))
                builder = Add(builder, item, annotation.DestinationPath, annotation);
        }

        return builder;
    }

    private ContainerBuilder Add(
        ContainerBuilder builder, ContainerFileSystemItem item, string directory, ContainerFileSystemCallbackAnnotation annotation)
    {
        string path = $"{directory.TrimEnd('/')}/{item.Name}";
        if (item is ContainerDirectory folder)
        {
            builder = builder.WithDirectory(path, ModeOf(item, annotation, All), OwnerOf(item, annotation), GroupOf(item, annotation));
            return folder.Entries.Aggregate(builder, (inner, entry) => Add(inner, entry, path, annotation));
        }

        if (item is not ContainerFileBase file)
            throw new DistributedApplicationException(
                $"'{path}' of '{resource.Name}' is a {item.GetType().Name}, which can't be put into a micro-VM.");

        if (file.SourcePath is { } source)
            return AddCopy(builder, file, source, path, annotation);

        return builder.WithFile(
            path, file.Contents ?? "", ModeOf(file, annotation, ReadWrite), OwnerOf(file, annotation), GroupOf(file, annotation));
    }

    private ContainerBuilder AddCopy(
        ContainerBuilder builder, ContainerFileBase file, string source, string path, ContainerFileSystemCallbackAnnotation annotation)
    {
        if (File.Exists(source))
            return builder.WithCopy(
                source, path, ModeOf(file, annotation, ReadWrite), OwnerOf(file, annotation), GroupOf(file, annotation));
        if (file.ContinueOnError != true)
            throw new DistributedApplicationException(
                $"'{path}' of '{resource.Name}' is to be a copy of {source}, which does not exist on the host.");

        log.FileLeftOut(source);
        return builder;
    }

    private static UnixFileMode ModeOf(ContainerFileSystemItem item, ContainerFileSystemCallbackAnnotation annotation, UnixFileMode most) =>
        item.Mode != 0 ? item.Mode : most & ~(annotation.Umask ?? DefaultUmask);

    private static int OwnerOf(ContainerFileSystemItem item, ContainerFileSystemCallbackAnnotation annotation) =>
        item.Owner ?? annotation.DefaultOwner ?? 0;

    private static int GroupOf(ContainerFileSystemItem item, ContainerFileSystemCallbackAnnotation annotation) =>
        item.Group ?? annotation.DefaultGroup ?? 0;
}
