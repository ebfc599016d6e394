namespace Islet.VirtualMachine.Tests.Containers;

/// <summary>Products whose containers derive from <see cref="Container"/>.</summary>
public sealed class ProductTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fork_of_a_product_is_one_whichever_way_it_is_made()
    {
        TestRuntime.RequireMachines();
        await using Product product = await new ProductBuilder().WithCheckpoints().StartAsync(TestRuntime.Instance, Cancelled);
        await using Checkpoint checkpoint = await product.CheckpointAsync(Cancelled);

        await using Product one = await product.ForkAsync(Cancelled), two = await checkpoint.ForkAsync<Product>(Cancelled);
        await using Container three = await checkpoint.ForkAsync(Cancelled);
        await using Product four = await two.ForkAsync(Cancelled);
        Assert.Equal("secret", Assert.IsType<Product>(three).Password);
        Assert.Equal(["secret", "secret", "secret"], new[] { one, two, four }.Select(fork => fork.Password));
        Assert.Equal(5, new[] { product, one, two, three, four }.Select(container => container.Id).Distinct().Count());
    }

    [Fact]
    public async Task A_product_that_does_not_say_how_it_is_forked_is_told_so()
    {
        TestRuntime.RequireMachines();
        await using ForgetfulProduct product = await new ForgetfulBuilder().StartAsync(TestRuntime.Instance, Cancelled);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => product.ForkAsync(Cancelled));
        Assert.Contains("overrides Container.WrapFork", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_product_whose_forks_ask_the_container_is_told_so()
    {
        TestRuntime.RequireMachines();
        await using AskingProduct product = await new AskingBuilder().StartAsync(TestRuntime.Instance, Cancelled);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => product.ForkAsync(Cancelled));
        Assert.Contains("WrapFork of AskingProduct asks the container", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_product_that_can_not_be_made_leaves_no_machine()
    {
        TestRuntime.RequireMachines();
        Container? machine = null;
        var builder = new FailingBuilder { Wrapping = container => machine = container };

        await Assert.ThrowsAsync<NotSupportedException>(() => builder.StartAsync(TestRuntime.Instance, Cancelled));
        Assert.Equal(ContainerState.Deleted, machine!.State);
    }

    private sealed class Product(Container container, string password) : Container(container)
    {
        public string Password => password;

        protected override Container WrapFork(Container fork) => new Product(fork, password);
    }

    private sealed class ProductBuilder() : ContainerBuilder<ProductBuilder, Product>(TestRuntime.Idle)
    {
        protected override Product Wrap(Container container) => new(container, "secret");
    }

    private sealed class AskingProduct(Container container, string name) : Container(container)
    {
        public string Origin => name;

        protected override Container WrapFork(Container fork) => new AskingProduct(fork, Name);
    }

    private sealed class AskingBuilder() : ContainerBuilder<AskingBuilder, AskingProduct>(TestRuntime.Idle)
    {
        protected override AskingProduct Wrap(Container container) => new(container, container.Name);
    }

    private sealed class ForgetfulProduct(Container container) : Container(container);

    private sealed class ForgetfulBuilder() : ContainerBuilder<ForgetfulBuilder, ForgetfulProduct>(TestRuntime.Idle)
    {
        protected override ForgetfulProduct Wrap(Container container) => new(container);
    }

    private sealed class FailingBuilder() : ContainerBuilder<FailingBuilder, Container>(TestRuntime.Idle)
    {
        public required Action<Container> Wrapping { get; init; }

        protected override Container Wrap(Container container)
        {
            Wrapping(container);
            throw new NotSupportedException();
        }
    }
}
