using System.Runtime.InteropServices;
using System.Text;

namespace Coracle.Linux;

/// <summary>
/// What a new process does before it becomes its program: an array of steps in unmanaged memory, made and checked before the fork,
/// walked by the child. Add steps in the order in which they are to happen, then <see cref="Start"/>.
/// </summary>
/// <remarks>
/// Owns its memory and none of the descriptors that steps name: those must stay open until <see cref="Start"/> has returned. Not for
/// use by several threads; a process that calls <see cref="Start"/> must have one managed thread only.
/// </remarks>
public sealed unsafe partial class LaunchPlan : IDisposable
{
    /// <summary>Far above what a container with every option asks for; a bound, because masked paths come from a client.</summary>
    public const int MaxSteps = 1024;

    /// <summary>Of one string, including its end; the kernel's own MAX_ARG_STRLEN.</summary>
    public const int MaxTextBytes = 128 * 1024;

    private readonly List<nint> _blocks = [];
    private readonly List<LaunchStepWords> _words = [];
    private LaunchStep* _steps = (LaunchStep*)NativeMemory.AllocZeroed(MaxSteps, (nuint)sizeof(LaunchStep));

    /// <summary>The steps so far, in words: for tests and for the message when one fails.</summary>
    public IReadOnlyList<LaunchStepWords> Steps => _words;

    public void Dispose()
    {
        foreach (nint block in _blocks)
        {
            NativeMemory.Free((void*)block);
        }

        _blocks.Clear();
        NativeMemory.Free(_steps);
        _steps = null;
    }

    private ref LaunchStep Add(LaunchStepKind kind, string subject = "")
    {
        ObjectDisposedException.ThrowIf(_steps is null, this);
        if (_words.Count == MaxSteps)
        {
            throw new LinuxException("launch", $"more than {MaxSteps} steps", Errno.E2BIG);
        }

        ref LaunchStep step = ref _steps[_words.Count];
        step.Kind = kind;
        step.Fd = -1;
        _words.Add(new LaunchStepWords(kind, subject));
        return ref step;
    }

    /// <summary>A NUL-terminated copy that lives as long as the plan.</summary>
    private byte* Text(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        if (length >= MaxTextBytes)
        {
            throw new LinuxException("launch", text[..64] + "…", Errno.E2BIG);
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new LinuxException("launch", text.Replace('\0', '?'), Errno.EINVAL);
        }

        byte* copy = (byte*)Block((nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(copy, length));
        return copy;
    }

    private byte** Texts(IReadOnlyList<string> texts)
    {
        byte** list = (byte**)Block((nuint)(texts.Count + 1) * (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            list[i] = Text(texts[i]);
        }

        return list;
    }

    private void* Copy<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        void* copy = Block((nuint)values.Length * (nuint)sizeof(T) + 1);
        values.CopyTo(new Span<T>(copy, values.Length));
        return copy;
    }

    private void* Block(nuint bytes)
    {
        void* block = NativeMemory.AllocZeroed(bytes);
        _blocks.Add((nint)block);
        return block;
    }
}
