using System.Diagnostics;
using Islet.Protocol.Agent;
using Islet.Testing.Support;
using NetworkConfiguration = Islet.Protocol.Agent.Network;

namespace Islet.Guest.Network;

/// <summary>
/// The agent's rules in the kernel of this host, in a separate network namespace. A program writes frames to a link with a packet socket,
/// and sees which of them come out. They must be the same frames that the host's filter passes.
/// </summary>
public sealed class OutboundRulesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("islet-rules-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void With_a_gateway_what_may_leave_leaves_and_nothing_else()
    {
        (string Name, byte[] Frame, bool Passes)[] samples = [.. FrameSamples.All()];
        Assert.Equal(
            samples.Where(sample => sample.Passes).Select(sample => sample.Name),
            LeavingWith(Configuration("10.0.2.2"), samples));
    }

    [Fact]
    public void Without_a_gateway_nothing_leaves() => Assert.Equal([], LeavingWith(Configuration(""), [.. FrameSamples.All()]));

    [Fact]
    public void Without_rules_everything_leaves_so_the_link_of_the_test_is_one()
    {
        (string Name, byte[] Frame, bool Passes)[] samples = [.. FrameSamples.All()];
        Assert.Equal(samples.Select(sample => sample.Name), LeavingWith(null, samples));
    }

    private static NetworkConfiguration Configuration(string gateway)
    {
        var network = new NetworkConfiguration { Links = { new Link { Name = "eth0", Address = "10.0.2.15/24", Gateway = gateway } } };
        if (gateway.Length > 0)
            network.Nameservers.Add("10.0.2.3");
        network.DroppedAddresses.Add(["10.0.2.0/24", "127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"]);
        return network;
    }

    private IEnumerable<string> LeavingWith(NetworkConfiguration? network, (string Name, byte[] Frame, bool Passes)[] samples)
    {
        string batch = Path.Combine(_folder.FullName, "batch"), frames = Path.Combine(_folder.FullName, "frames");
        File.WriteAllBytes(batch, network is null ? [] : OutboundRules.Create(network.Links[0], network).Finish().ToArray());
        File.WriteAllLines(frames, samples.Select(sample => Convert.ToHexString(sample.Frame)));
        string output = Run(Path.Combine(AppContext.BaseDirectory, "Support", "leaving.py"), batch, frames);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => samples[int.Parse(line, System.Globalization.CultureInfo.InvariantCulture)].Name);
    }

    // In a separate network namespace, which needs root, and a kernel with the same features as the guest's.
    private static string Run(string script, string batch, string frames)
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root may make a network to try the rules in.");
        Assert.SkipUnless(File.Exists("/usr/bin/python3") && File.Exists("/usr/bin/unshare"), "python3 or unshare is not installed.");
        var start = new ProcessStartInfo("/usr/bin/unshare", ["--net", "/usr/bin/python3", script, batch, frames])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.SkipWhen(process.ExitCode == 77, $"This host's kernel lacks something: {errors.Result}");
        Assert.True(process.ExitCode == 0, errors.Result);
        return output;
    }
}
