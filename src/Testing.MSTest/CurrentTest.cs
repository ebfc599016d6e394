using System.Runtime.CompilerServices;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace Islet.Testing.MSTest;

/// <summary>The test that runs now, for a fixture that tests share.</summary>
internal static class CurrentTest
{
    /// <summary>Its context; <see langword="null"/> outside of a test, and with an MSTest that does not tell.</summary>
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

    // Its own method, so that an MSTest without the property is noticed when this is called and not before.
    [MethodImpl(MethodImplOptions.NoInlining)]
#pragma warning disable MSTESTEXP // Experimental, and the only way to ask; where it is gone, lines go to the log of the class.
    private static TestContext? Ask() => TestContext.Current;
#pragma warning restore MSTESTEXP
}
