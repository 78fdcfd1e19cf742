using System.Diagnostics;

namespace Coracle.Fuzz;

/// <summary>One input through one parser, judged.</summary>
internal static class Trial
{
    /// <summary>No input may hold a thread so long. Wall time: the machine may be busy with six other things.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    /// <returns>Null when the parser kept its promises.</returns>
    public static Finding? Run(FuzzTarget target, ReadOnlySpan<byte> input)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        try
        {
            target.Run(input);
        }
        catch (Exception e) when (e is not OutOfMemoryException && Array.Exists(target.Documented, type => type.IsInstanceOfType(e)))
        {
            // Refused: as good as read.
        }
        catch (Exception e)
        {
            return new Finding(target, input.ToArray(), Place(e), e.ToString());
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > target.MaxAllocatedBytes)
        {
            return new Finding(target, input.ToArray(), "memory", $"{allocated} bytes allocated for {input.Length} bytes of input");
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        return elapsed > _longest ? new Finding(target, input.ToArray(), "time", $"{elapsed} for {input.Length} bytes of input") : null;
    }

    /// <summary>Two failures of the same type from the same method are one finding.</summary>
    private static string Place(Exception e)
    {
        string frame = (e.StackTrace ?? "").Split('\n').FirstOrDefault(line => line.Contains("Coracle.", StringComparison.Ordinal)) ?? "";
        int inFile = frame.IndexOf(" in ", StringComparison.Ordinal);
        return e.GetType().Name + (inFile < 0 ? frame : frame[..inFile]).TrimEnd();
    }
}
