using System.Runtime.CompilerServices;

namespace Islet.Testing.MSTest;

/// <summary>The test that is running, for a fixture that tests share.</summary>
internal static class CurrentTest
{
    /// <summary>
    /// The context of the test; <see langword="null"/> outside of a test, and with a version of MSTest that does not provide it.
    /// </summary>
    public static TestContext? Context
    {
        get
        {
            try
            {
                return Ask();
            }
            catch (MissingMethodException)
            {
                return null;
            }
        }
    }

    // A separate method, so that a version of MSTest without the property fails only when this is called.
    [MethodImpl(MethodImplOptions.NoInlining)]
#pragma warning disable MSTESTEXP // Experimental, and the only way to ask; where it is gone, lines go to the log of the class.
    private static TestContext? Ask() => TestContext.Current;
#pragma warning restore MSTESTEXP
}
