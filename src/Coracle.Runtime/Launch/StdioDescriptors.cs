namespace Coracle.Runtime;

/// <summary>
/// The container's ends of its standard streams: numbers of descriptors that stay the monitor's and become 0, 1 and 2 in the
/// process. With a tty all three are <see cref="None"/>: the process opens a pty in its own devpts (so that <c>tty</c> and
/// /dev/console name it) and the monitor is handed the master.
/// </summary>
internal readonly struct StdioDescriptors(int input, int output, int error)
{
    public const int None = -1;

    public int Input { get; } = input;

    public int Output { get; } = output;

    public int Error { get; } = error;

    public static StdioDescriptors Terminal => new(None, None, None);
}
