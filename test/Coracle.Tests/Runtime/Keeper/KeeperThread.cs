using Coracle.Linux;
using Coracle.Runtime;
using Coracle.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coracle.Tests.Runtime.Keeper;

/// <summary>The keeper's loop on a thread of this process, with an exec-root of its own. It leaves by itself when nothing is held and nobody is connected.</summary>
internal sealed class KeeperThread : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly FlockHandle _lock;
    private readonly Thread _thread;

    public KeeperThread()
    {
        Assert.True(FlockHandle.TryTake(_scratch.Root, KeeperFiles.Lock, out FlockHandle? held));
        _lock = held;
        LocalMessages.CreatePair(out Descriptor ours, out Descriptor theirs);
        First = ours;
        KeeperLoop loop = new(_scratch.Root, theirs, ResolvConf);
        _thread = new Thread(() =>
        {
            using (loop)
            {
                loop.Run();
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The connection of the engine that started it.</summary>
    public Descriptor First { get; }

    public DirectoryHandle Directory => _scratch.Root;

    /// <summary>The host's, as far as this keeper knows.</summary>
    public string ResolvConf => Path.Combine(_scratch.Path, "resolv.conf");

    public Coracle.Runtime.Keeper NewEngine() => new(new KeeperStart(new RuntimeOptions(_scratch.Path, null!), ResolvConf), NullLogger.Instance);

    /// <summary>With no engine connected.</summary>
    public bool HasLeft()
    {
        First.Dispose();
        return _thread.Join(TimeSpan.FromSeconds(10));
    }

    public void Dispose()
    {
        First.Dispose();
        _lock.Dispose();
        _scratch.Dispose(); // a loop that stays (a test has failed) works on descriptors
    }
}
