using System.Diagnostics;

namespace Islet.VirtualMachine.Tests.Isolation;

/// <summary>The program of tests/Support/Reach, compiled once: it needs nothing from the image that it runs in.</summary>
internal static class ReachProgram
{
    /// <summary>The path of the program in a container.</summary>
    public const string Path = "/reach";

    private static readonly Lazy<byte[]> s_program = new(Compile);

    /// <summary>The executable. The test is skipped where there is no compiler.</summary>
    public static byte[] Content
    {
        get
        {
            Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "gcc is not installed.");
            return s_program.Value;
        }
    }

    private static byte[] Compile()
    {
        string source = System.IO.Path.Combine(AppContext.BaseDirectory, "Reach", "reach.c");
        string program = System.IO.Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(
                "/usr/bin/gcc", ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-static", "-o", program, source])
            {
                RedirectStandardError = true,
            };
            using Process compiler = Process.Start(start)!;
            string errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.True(compiler.ExitCode == 0, errors);
            return File.ReadAllBytes(program);
        }
        finally
        {
            File.Delete(program);
        }
    }
}
