// An AppHost that a test kills: it prints the id of its container's virtual machine, and runs until it is killed.
IDistributedApplicationBuilder builder = DistributedApplication.CreateBuilder(
    new DistributedApplicationOptions { DisableDashboard = true });
builder.AddMicroVmContainer("sleeper", "unused").WithArgs("sleep", "infinity").RunAsMicroVm(vm => vm.Image = args[0]);
await using DistributedApplication app = builder.Build();
await app.StartAsync();
ResourceEvent running = await app.ResourceNotifications.WaitForResourceAsync(
    "sleeper", update => update.Snapshot.State?.Text == KnownResourceStates.Running);
Console.WriteLine(running.Snapshot.Properties.Single(property => property.Name == "microvm.process").Value);
await Task.Delay(Timeout.Infinite);
