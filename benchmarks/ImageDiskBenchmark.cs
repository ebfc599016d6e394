using System.Diagnostics;
using Islet.Disks;
using Islet.Disks.Ext4;
using Islet.Images;
using Islet.Images.Store;

namespace Islet.Benchmarks;

/// <summary>
/// Measures the conversion of the postgres image from layers to an ext4 file, against <c>tar -x</c> and <c>mke2fs -d</c>.
/// </summary>
internal sealed class ImageDiskBenchmark : IBenchmark
{
    private const int Runs = 7;

    public string Name => "image-disk";

    public async Task RunAsync(Report report)
    {
        using var store = new ImageStore(new IsletOptions().CacheDirectory);
        Image image = await store.ResolveAsync(ImageReference.Parse(LocalImages.Reference("postgres")), Platform.Host);
        List<double> ours = [], raw = [];
        DirectoryInfo directory = Directory.CreateTempSubdirectory("islet-image-disk-");
        try
        {
            for (int run = -1; run < Runs; run++)
            {
                double baseline = await TarAndMkfsAsync(store, image, Path.Combine(directory.FullName, $"raw-{run}"));
                double measured = await Task.Run(() => Write(store, image, Path.Combine(directory.FullName, $"{run}.ext4")));
                if (run < 0)
                    continue;

                raw.Add(baseline);
                ours.Add(measured);
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        report.Add("image-disk-tar-mke2fs", "ms", raw);
        report.Add("image-disk", "ms", ours);
    }

    private static double Write(ImageStore store, Image image, string path)
    {
        long start = Stopwatch.GetTimestamp();
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            LayerSource[] layers =
            [
                .. image.Layers.Select(layer => new LayerSource(layer.Digest.ToString(), () => store.Layers.OpenTar(layer))),
            ];
            RootfsBuilder.Build(
                layers, file, Ext4Identity.From(image.ManifestDigest.ToString()), volumes: [], CancellationToken.None);
        }

        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        File.Delete(path);
        return elapsed;
    }

    // The steps that a user would take by hand. Whiteouts are not applied, which only makes it cheaper.
    private static async Task<double> TarAndMkfsAsync(ImageStore store, Image image, string directory)
    {
        string tree = Path.Combine(directory, "tree");
        string disk = Path.Combine(directory, "disk.ext4");
        Directory.CreateDirectory(tree);
        long start = Stopwatch.GetTimestamp();
        foreach (ImageLayer layer in image.Layers)
            await ShellAsync(
                $"tar -x -f - -C {tree}", store.Content.OpenRead(layer.Digest),
                layer.MediaType is MediaTypes.OciLayerGzip or MediaTypes.DockerLayerGzip);
        await ShellAsync(
            $"truncate -s 16G {disk} && mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1 -d {tree} {disk}", Stream.Null,
            gzip: false);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Directory.Delete(directory, recursive: true);
        return elapsed;
    }

    private static async Task ShellAsync(string command, Stream input, bool gzip)
    {
        using Process shell = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", gzip ? "gzip -dc | " + command : command]) { RedirectStandardInput = true })!;
        await using (input)
            await input.CopyToAsync(shell.StandardInput.BaseStream);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
            throw new InvalidOperationException($"{command} exited with {shell.ExitCode}.");
    }
}
