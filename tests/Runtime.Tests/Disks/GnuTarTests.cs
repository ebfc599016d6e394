using Islet.Disks;

namespace Islet.Tests.Disks;

/// <summary>The tree that the kernel shows, compared with the one that GNU tar extracts; the same programs inspect both.</summary>
public sealed class GnuTarTests
{
    [Fact]
    public void The_mounted_filesystem_equals_what_GNU_tar_extracts()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can extract owners and devices.");
        ExternalTool tar = ExternalTool.Require("tar", "tar");
        ExternalTool shell = ExternalTool.Require("sh", "dash");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("islet-test-");
        try
        {
            string source = Path.Combine(directory.FullName, "source");
            string archive = Path.Combine(directory.FullName, "layer.tar");
            string extracted = Directory.CreateDirectory(Path.Combine(directory.FullName, "extracted")).FullName;
            // A tree like that of an image: configuration, terminal descriptions (many links), time zones, and some files of every kind.
            Run(shell, "-c", $"""
                set -e
                mkdir -p '{source}/etc' '{source}/dev' '{source}/tmp'
                cp -a /etc/passwd /etc/group /etc/alternatives /etc/ssl '{source}/etc/'
                for d in /usr/share/zoneinfo /usr/share/perl5 /lib/terminfo; do [ ! -e $d ] || cp -a $d '{source}/'; done
                mknod '{source}/dev/null' c 1 3; mknod '{source}/dev/disk' b 259 65537; mkfifo '{source}/dev/pipe'
                chmod 1777 '{source}/tmp'; chmod 4755 '{source}/etc/passwd'; chown 12345:54321 '{source}/etc/group'
                ln '{source}/etc/passwd' '{source}/etc/passwd-'
                truncate -s 5M '{source}/tmp/hole'; printf x >> '{source}/tmp/hole'
                ln -s "$(printf '%0200d' 7)" '{source}/tmp/long'
                touch -d '1931-05-06 07:08:09.123456789 UTC' '{source}/tmp/old'
                """);
            Run(tar, "--format=pax", "--sparse", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-C", source, "-cf", archive, ".");
            Run(tar, "--numeric-owner", "--same-owner", "--xattrs", "--xattrs-include=*", "-C", extracted, "-xpf", archive);

            using BuiltRootfs rootfs = BuiltRootfs.From([new LayerSource("layer", () => File.OpenRead(archive))]);
            rootfs.AssertClean();
            using MountedRootfs mount = MountedRootfs.Mount(rootfs, "ro");
            Assert.Equal(Listing(shell, extracted), Listing(shell, mount.Path));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_kernel_writes_to_the_filesystem_and_leaves_it_clean()
    {
        var layer = new LayerArchive();
        for (int i = 0; i < 2000; i++)
            layer.File($"d{i % 20}/file-{i}", new byte[i]).File($"d{i % 20}/text-{i}", new string('x', i));
        using BuiltRootfs rootfs = BuiltRootfs.From(layer);
        using (MountedRootfs mount = MountedRootfs.Mount(rootfs, "rw"))
        {
            Run(ExternalTool.Require("sh", "dash"), "-c", $"""
                set -e
                cd '{mount.Path}'
                rm -r d1 d2 d3; cp -a d4 copy; mv d5 d6/
                for i in $(seq 300); do mkdir -p new/$i; echo $i > new/$i/a-name-that-is-not-short; done
                for f in d7/*; do echo more >> $f; done
                head -c 50000000 /dev/urandom > large; truncate -s 1G large
                """);
        }

        rootfs.AssertClean();
    }

    private static string Listing(ExternalTool shell, string directory) => Run(shell, "-c", $"""
        cd '{directory}'
        find . -mindepth 1 \( -type d -printf '%p %y %m %U %G %T@\n' -o -type l -printf '%p %y %U %G %T@ %l\n' \
            -o -printf '%p %y %m %U %G %s %n %T@\n' \) | sort
        find . \( -type b -o -type c \) -exec stat -c '%n %t %T' '{"{}"}' + | sort
        find . -type f -exec sha256sum '{"{}"}' + | sort
        """);

    private static string Run(ExternalTool tool, params string[] arguments)
    {
        ToolResult result = tool.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }
}
