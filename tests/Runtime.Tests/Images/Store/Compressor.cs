using System.Diagnostics;
using Islet.Testing.Support;
using Islet.Tests.Disks;

namespace Islet.Tests.Images.Store;

/// <summary>Compresses with the usual programs.</summary>
internal static class Compressor
{
    /// <summary>Compresses the bytes, or skips the test where the program does not exist.</summary>
    /// <param name="program"><c>gzip</c>, <c>zstd</c>, <c>xz</c>, <c>bzip2</c>, or empty for none.</param>
    /// <param name="content">The bytes.</param>
    public static byte[] Compress(string program, byte[] content)
    {
        if (program.Length == 0)
            return content;
        if (program == "gzip")
            return OciLayerBuilder.Gzip(content);

        ExternalTool.Require(program, program == "xz" ? "xz-utils" : program);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            using Process process = Process.Start(new ProcessStartInfo(program, ["-q", "-c", path]) { RedirectStandardOutput = true })!;
            var compressed = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(compressed);
            process.WaitForExit();
            return compressed.ToArray();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
