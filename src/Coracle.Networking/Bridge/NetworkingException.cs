using Coracle.Linux;

namespace Coracle.Networking;

/// <summary>A network, a parent or an endpoint could not be made; all of it was taken back. The message is for the client.</summary>
public sealed class NetworkingException : Exception
{
    public NetworkingException(string message)
        : base(message)
    {
    }

    /// <param name="step">What was being done, in words.</param>
    public NetworkingException(string step, Exception cause)
        : base($"{step}: {cause.Message}", cause)
    {
    }

    /// <summary>Of the kernel; None when it was not asked.</summary>
    public Errno Errno => InnerException switch
    {
        LinuxException refused => refused.Errno,
        NetworkingException inner => inner.Errno,
        _ => Errno.None,
    };

    /// <summary>One step; a refusal of the kernel becomes a sentence that begins with what was being done.</summary>
    internal static void Step(string words, Action step)
    {
        try
        {
            step();
        }
        catch (LinuxException refused)
        {
            throw new NetworkingException(words, refused);
        }
    }
}
