using Grpc.Core;
using Islet.Guest.Linux;
using Islet.Protocol.Grpc;

namespace Islet.Guest.Processes;

/// <summary>
/// Turns the step at which a launch failed, and the kernel's reason, into a sentence for the person who wrote the command.
/// </summary>
internal static class LaunchFailure
{
    public static GrpcException Describe(in LaunchReport report, LaunchPlan plan)
    {
        string reason = LinuxException.Describe(report.Error);
        return report.Stage switch
        {
            LaunchStage.Execute => DescribeExecute(report.Error, plan.Arguments[0]),
            LaunchStage.WorkingDirectory =>
                Failed(report.Error, $"can't enter the working directory \"{plan.WorkingDirectory}\": {reason}"),
            LaunchStage.Step => Failed(report.Error, DescribeStep(plan.Steps[(int)report.Index]) + reason),
            LaunchStage.StartStep => Failed(report.Error, DescribeStep(plan.StartSteps[(int)report.Index]) + reason),
            LaunchStage.ResourceLimit =>
                Failed(report.Error, $"can't set the resource limit with the number {plan.Limits[(int)report.Index].Resource}: {reason}"),
            LaunchStage.User => Failed(report.Error, $"can't become the user {plan.User}:{plan.Group}: {reason}"),
            LaunchStage.Terminal => Failed(report.Error, $"can't open a terminal in the container: {reason}"),
            LaunchStage.Namespaces => Failed(report.Error, $"can't make or enter the container's namespaces: {reason}"),
            LaunchStage.Root => Failed(report.Error, $"can't enter the container's root: {reason}"),
            LaunchStage.Capabilities => Failed(report.Error, $"can't set the capabilities: {reason}"),
            _ => Failed(report.Error, $"can't install the seccomp filter: {reason}"),
        };
    }

    private static GrpcException DescribeExecute(int error, string program) => error switch
    {
        Errno.ENOENT when !program.Contains('/', StringComparison.Ordinal) =>
            new GrpcException(StatusCode.NotFound, $"exec: \"{program}\": executable file not found in $PATH"),
        Errno.ENOENT =>
            new GrpcException(StatusCode.NotFound, $"exec: \"{program}\": no such file or directory (or its interpreter is missing)"),
        Errno.EACCES => new GrpcException(StatusCode.PermissionDenied, $"exec: \"{program}\": permission denied"),
        Errno.ENOEXEC => new GrpcException(
            StatusCode.InvalidArgument,
            $"exec: \"{program}\": exec format error: no program for this machine, and no script with an interpreter"),
        _ => Failed(error, $"exec: \"{program}\": {LinuxException.Describe(error)}"),
    };

    private static string DescribeStep(LaunchStep step) => step.Operation switch
    {
        LaunchOperation.Mount => $"can't mount {step.Type ?? step.Source} on {step.Target}: ",
        LaunchOperation.Write => $"can't set {step.Target} to \"{step.Data}\": ",
        LaunchOperation.Mask => $"can't mask {step.Target}: ",
        LaunchOperation.ReadOnly => $"can't make {step.Target} read-only: ",
        _ => $"can't make {step.Target}: ",
    };

    private static GrpcException Failed(int error, string message) => new(ErrorCodes.Of(error), message);
}
