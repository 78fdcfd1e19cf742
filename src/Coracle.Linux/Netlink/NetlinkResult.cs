namespace Coracle.Linux;

/// <summary>What the kernel said to a batch of messages: nothing but success, or its first refusal.</summary>
public readonly struct NetlinkResult
{
    private const int NoOffset = -1;

    private readonly string? _explanation;
    private readonly int _offset;

    private NetlinkResult(Errno errno, string explanation, int offset, int message)
    {
        Errno = errno;
        _explanation = explanation;
        _offset = offset;
        Message = message;
    }

    public bool Succeeded => Errno == Errno.None;

    public Errno Errno { get; }

    /// <summary>Which message of the batch was refused, from 0.</summary>
    public int Message { get; }

    /// <summary>The kernel's own words (extended acknowledgement, Linux 4.12); empty when it gave none.</summary>
    public string Explanation => _explanation switch
    {
        null => "",
        "" when _offset != NoOffset => $"attribute at byte {_offset}",
        _ => _explanation,
    };

    /// <summary>For tests of what follows when the kernel says no.</summary>
    internal static NetlinkResult Refusal(Errno errno) => new(errno, "", NoOffset, 0);

    /// <param name="call">The message's name in C: RTM_NEWLINK.</param>
    public void ThrowIfFailed(string call, string subject)
    {
        if (!Succeeded)
        {
            throw new LinuxException(call, subject, Errno, Explanation);
        }
    }

    /// <summary>An NLMSG_ERROR or the end of a dump; errno 0 is an acknowledgement.</summary>
    /// <param name="answer">struct nlmsgerr, or the errno alone; attributes behind it when its flags say so.</param>
    internal static NetlinkResult Parse(in NetlinkMessage answer, int message)
    {
        // Kernels before 4.6 or so end some dumps without an errno.
        bool isEnd = answer.Type == Abi.NLMSG_DONE;
        int error = isEnd && answer.Body.Length < sizeof(int) ? 0 : BitConverter.ToInt32(answer.Fixed(sizeof(int)));
        if (error is > 0 or < -MaxErrno)
        {
            throw NetlinkReader.Malformed($"an errno of {error}");
        }

        if (error == 0)
        {
            return default;
        }

        string text = "";
        int offset = NoOffset;
        if ((answer.Flags & Abi.NLM_F_ACK_TLVS) != 0)
        {
            NetlinkAttributes attributes = answer.Attributes(isEnd ? sizeof(int) : LengthOfError(answer));
            while (attributes.TryRead(out NetlinkAttribute attribute))
            {
                text = attribute.Type == Abi.NLMSGERR_ATTR_MSG ? attribute.Text : text;
                offset = attribute.Type == Abi.NLMSGERR_ATTR_OFFS ? (int)attribute.U32 : offset;
            }
        }

        return new NetlinkResult((Errno)(-error), text, offset, message);
    }

    /// <summary>MAX_ERRNO of the kernel.</summary>
    private const int MaxErrno = 4095;

    /// <summary>The errno, then the request it answers: its header, or all of it where the kernel does not cap.</summary>
    private static int LengthOfError(in NetlinkMessage answer)
    {
        const int Capped = sizeof(int) + NetlinkWriter.HeaderLength;
        if ((answer.Flags & Abi.NLM_F_CAPPED) != 0)
        {
            return Capped;
        }

        uint request = BitConverter.ToUInt32(answer.Fixed(Capped)[sizeof(int)..]);
        return request >= NetlinkWriter.HeaderLength && request <= answer.Body.Length - sizeof(int)
            ? sizeof(int) + NetlinkWriter.Align((int)request)
            : throw NetlinkReader.Malformed($"an error about a request of {request} bytes");
    }
}
