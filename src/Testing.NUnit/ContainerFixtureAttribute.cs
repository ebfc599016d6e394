using System.Reflection;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Builders;

namespace Islet.Testing.NUnit;

/// <summary>
/// Marks a class of tests whose constructor takes fixtures. Each parameter is a <see cref="ContainerFixture{TContainer}"/> of a type with a
/// constructor without parameters. It is started before the first test of the class, and ends after the last.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ContainerFixtureAttribute : NUnitAttribute, IFixtureBuilder2, IApplyToContext, ITestAction
{
    private readonly NUnitTestFixtureBuilder _builder = new();

    /// <inheritdoc/>
    public ActionTargets Targets => ActionTargets.Suite | ActionTargets.Test;

    /// <inheritdoc/>
    public IEnumerable<TestSuite> BuildFrom(ITypeInfo typeInfo) => BuildFrom(typeInfo, new EveryTest());

    /// <inheritdoc/>
    public IEnumerable<TestSuite> BuildFrom(ITypeInfo typeInfo, IPreFilter filter)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return [_builder.BuildFrom(typeInfo, filter, ParametersOf(typeInfo.Type))];
    }

    /// <inheritdoc/>
    public void ApplyToContext(TestExecutionContext context)
    {
        // Not in BeforeTest: NUnit calls that after the class has been constructed, and a constructor may already use its fixtures.
        ArgumentNullException.ThrowIfNull(context);
        Wait(FixturesOf(context.CurrentTest).Select(fixture => fixture.InitializeAsync()));
    }

    /// <inheritdoc/>
    public void BeforeTest(ITest test)
    {
        // The fixtures have been started already.
    }

    /// <inheritdoc/>
    public void AfterTest(ITest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        Wait(FixturesOf(test).Select(fixture => test.IsSuite ? fixture.DisposeAsync().AsTask() : fixture.EndTestAsync()));
    }

    private static TestFixtureParameters ParametersOf(Type type)
    {
        ConstructorInfo[] constructors = type.GetConstructors();
        if (constructors is not [var constructor] || constructor.GetParameters() is not { Length: > 0 } parameters)
            return Refuse(
                $"{type.Name} is marked with [ContainerFixture], so it must have one public constructor, which takes its fixtures.");

        foreach (ParameterInfo parameter in parameters)
        {
            if (!parameter.ParameterType.IsAssignableTo(typeof(IContainerFixture)) || parameter.ParameterType.GetConstructor([]) is null)
            {
                return Refuse(
                    $"[ContainerFixture] can't make the parameter {parameter.Name} of {type.Name}: {parameter.ParameterType.Name} must "
                    + "derive from ContainerFixture<TContainer> and have a public constructor without parameters.");
            }
        }

        // Named like a class without parameters: the fixtures are not test data.
        return new TestFixtureParameters([.. parameters.Select(parameter => Activator.CreateInstance(parameter.ParameterType))])
        {
            TestName = type.Name,
        };
    }

    // NUnit reports the reason as the failure of each test of the class.
    private static TestFixtureParameters Refuse(string reason)
    {
        var refused = new TestFixtureParameters { RunState = RunState.NotRunnable };
        refused.Properties.Set(PropertyNames.SkipReason, reason);
        return refused;
    }

    // NUnit's extension points are synchronous; the worker thread that waits here has nothing else to do.
    private static void Wait(IEnumerable<Task> tasks) => Task.WhenAll(tasks).GetAwaiter().GetResult();

    private static IEnumerable<IContainerFixture> FixturesOf(ITest test)
    {
        ITest suite = test;
        while (suite is not TestFixture && suite.Parent is { } parent)
            suite = parent;
        return suite.Arguments.OfType<IContainerFixture>();
    }

    private sealed class EveryTest : IPreFilter
    {
        public bool IsMatch(Type type) => true;

        public bool IsMatch(Type type, MethodInfo method) => true;
    }
}
