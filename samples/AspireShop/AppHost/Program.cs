using Samples;

var builder = DistributedApplication.CreateBuilder(args);

// Each line with RunAsMicroVm changes one thing: the container runs in a virtual machine of its own, without Docker. With a warm start the
// second run restores the ready server instead of starting it.
var postgres = builder.AddPostgres("postgres").RunAsMicroVm(vm => vm.Image = SampleImages.Postgres).WithWarmStart();
var cache = builder.AddRedis("cache").RunAsMicroVm(vm => vm.Image = SampleImages.Redis).WithWarmStart();
var shop = postgres.AddDatabase("shop");

// Postgres is ready when its databases are there. To wait for the database instead works too, but takes a second longer: its first
// health check comes too early, and Aspire waits before the next.
builder.AddProject<Projects.AspireShop_Service>("service")
    .WithReference(shop).WaitFor(postgres)
    .WithReference(cache).WaitFor(cache)
    .WithHttpHealthCheck("/health");

builder.Build().Run();
