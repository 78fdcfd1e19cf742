using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Coracle.Fuzz;

/// <summary>
/// The input under trial, in a file from before it is tried: a stack that overflows or a loop without end takes the process with it,
/// and this is what is left. Removed when the target is through. Four bytes of length, then the input.
/// </summary>
internal sealed class RunningInput : IDisposable
{
    /// <summary>Nothing takes that long; whoever waits for it should see which input it is.</summary>
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(60);

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewStream _view;
    private readonly Timer _watch;
    private long _since = Environment.TickCount64;

    public RunningInput(FuzzTarget target, string directory)
    {
        Directory.CreateDirectory(directory);
        _path = Path.Combine(directory, target.Name + ".running");
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Create, null, sizeof(int) + target.MaxInputBytes);
        _view = _file.CreateViewStream();
        _watch = new Timer(_ => Look(), null, _hang, TimeSpan.FromSeconds(5));
    }

    public void Set(ReadOnlySpan<byte> input)
    {
        Volatile.Write(ref _since, Environment.TickCount64);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, input.Length);
        _view.Position = 0;
        _view.Write(length);
        _view.Write(input[..(int)Math.Min(input.Length, _view.Length - sizeof(int))]);
    }

    public void Dispose()
    {
        _watch.Dispose();
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    private void Look()
    {
        if (Environment.TickCount64 - Volatile.Read(ref _since) > _hang.TotalMilliseconds)
        {
            Console.Error.WriteLine($"fuzz: HANG: the input in {_path} (after four bytes of length) is not at its end after {_hang}");
            Environment.Exit(1);
        }
    }
}
