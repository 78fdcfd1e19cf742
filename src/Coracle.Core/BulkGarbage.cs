using Coracle.Linux;

namespace Coracle.Core;

/// <summary>What moving an image or a thousand ports leaves behind on the heap.</summary>
internal static class BulkGarbage
{
    /// <summary>
    /// Gives it back to the kernel, at the end of each pull, load, save and import, and of a start with many ports. Their buffers are large objects, which only a full
    /// collection frees, and an engine that has nothing else to do has no reason for one: five MiB stayed, and the next operation's
    /// came on top (three loads of 455 MB one after another: 24.6, 25.7, 26.4 MiB private).
    /// </summary>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        ThisProcess.ForgetCode();
    }
}
