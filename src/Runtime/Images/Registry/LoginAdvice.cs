namespace Islet.Images.Registry;

/// <summary>Advice on how to give credentials for a registry with the tools that this machine has.</summary>
internal static class LoginAdvice
{
    private static readonly string[] s_programs = ["docker", "podman", "nerdctl", "skopeo"];

    public static string For(string registry) => For(registry, IsOnPath);

    internal static string For(string registry, Func<string, bool> isOnPath)
    {
        const string own = "IsletOptions.RegistryCredentials, or the environment variable DOCKER_AUTH_CONFIG";
        return s_programs.FirstOrDefault(isOnPath) is { } program ? $"“{program} login {registry}”, {own}" : own;
    }

    private static bool IsOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(directory => File.Exists(Path.Combine(directory, program)));
}
