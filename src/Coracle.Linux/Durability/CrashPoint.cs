using System.Diagnostics;
#if CRASH_POINTS
using System.Globalization;
#endif

namespace Coracle.Linux;

/// <summary>
/// A named place in a durable step where a test may pull the plug. In the shipped build every <see cref="Hit"/> is compiled away at the
/// place where it is called.
/// </summary>
public static class CrashPoint
{
#if CRASH_POINTS
    /// <summary><c>name</c> or <c>name:n</c>: die the n-th time that point is reached, as by kill -9.</summary>
    private const string Variable = "CORACLE_CRASH_AT";

    // AsyncLocal and no plain static: test classes run side by side, and threads started by a test inherit its observer.
    private static readonly AsyncLocal<Action<string>?> _watching = new();

    private static readonly (string Name, int Countdown) _armed = Read();

    private static int _seen;

    /// <summary>Called at every point reached by this flow of execution; what it throws stands for the power cut.</summary>
    public static Action<string>? Observer
    {
        get => _watching.Value;
        set => _watching.Value = value;
    }
#endif

    /// <param name="name"><c>durable:flushed</c>: the step's family and the state reached.</param>
    [Conditional("CRASH_POINTS")]
    public static void Hit(string name)
    {
#if CRASH_POINTS
        _watching.Value?.Invoke(name);
        if (name == _armed.Name && Interlocked.Increment(ref _seen) == _armed.Countdown)
        {
            _ = LibC.kill(LibC.getpid(), SigKill);
        }
#endif
    }

#if CRASH_POINTS
    private const int SigKill = 9;

    private static (string Name, int Countdown) Read()
    {
#pragma warning disable RS0030 // the crash build is armed before there are any options to parse
        string text = Environment.GetEnvironmentVariable(Variable) ?? "";
#pragma warning restore RS0030
        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? (text[..colon], count)
            : (text, 1);
    }
#endif
}
