namespace Coracle.Dns;

/// <remarks>RFC 1035 section 3.2.2, RFC 3596, RFC 6891.</remarks>
internal enum DnsRecordType : ushort
{
    A = 1,
    Cname = 5,
    Ptr = 12,
    Aaaa = 28,
    Opt = 41,

    /// <summary>Of a whole zone: not for a resolver.</summary>
    Ixfr = 251,
    Axfr = 252,
}

/// <remarks>RFC 1035 section 4.1.1, RCODE.</remarks>
internal enum DnsResponseCode
{
    Success = 0,
    FormatError = 1,
    ServerFailure = 2,
    NoSuchName = 3,
    NotImplemented = 4,
    Refused = 5,

    /// <summary>Its upper bits travel in the OPT record.</summary>
    BadVersion = 16,
}
