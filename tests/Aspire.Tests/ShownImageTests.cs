using Islet.Aspire.Lifecycle;

namespace Islet.Aspire.Tests;

public sealed class ShownImageTests
{
    [Theory]
    [InlineData("oci:/some/where/postgres:17", "postgres:17")]
    [InlineData("oci:images/postgres/", "postgres")]
    [InlineData("docker-archive:/some/where/app.tar", "app.tar")]
    [InlineData("docker-archive:app.tar:registry.example.com/team/app:2", "registry.example.com/team/app:2")]
    [InlineData("docker.io/library/redis:8.2", "docker.io/library/redis:8.2")]
    public void An_image_from_a_folder_or_file_is_named_like_one_from_a_registry(string image, string shown) =>
        Assert.Equal(shown, ShownImage.Of(image));
}
