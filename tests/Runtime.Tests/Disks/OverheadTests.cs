namespace Islet.Tests.Disks;

public sealed class OverheadTests
{
    /// <summary>
    /// A kernel that counts differently would write its own number in the middle of each mount, and no check would report it.
    /// </summary>
    [Fact]
    public void The_superblock_counts_what_no_file_can_have_as_mke2fs_does()
    {
        using BuiltRootfs ours = BuiltRootfs.From(new LayerArchive().File("file"));
        string theirs = ours.Path + ".mke2fs";
        try
        {
            using (FileStream file = File.Create(theirs))
                file.SetLength(new FileInfo(ours.Path).Length);
            ToolResult made = ExternalTool.Require("mke2fs", "e2fsprogs").Run(
                "-q", "-F", "-t", "ext4", "-b", "4096", "-i", "16384", "-I", "256", "-E", "lazy_itable_init=1",
                "-O", "^has_journal,^resize_inode,64bit,metadata_csum,flex_bg,sparse_super", theirs);
            Assert.True(made.ExitCode == 0, made.Error);

            Assert.Equal(OverheadOf(theirs), OverheadOf(ours.Path));
        }
        finally
        {
            File.Delete(theirs);
        }
    }

    private static string OverheadOf(string path)
    {
        ToolResult result = ExternalTool.Require("dumpe2fs", "e2fsprogs").Run("-h", path);
        return result.Output.Split('\n').Single(line => line.StartsWith("Overhead clusters:", StringComparison.Ordinal));
    }
}
