namespace Coracle.Dns;

/// <remarks>RFC 1035 section 3.2.2, RFC 3596, RFC 6891.</remarks>
internal enum DnsRecordType : ushort
{
    A = 1,
    Cname = 5,
    Aaaa = 28,
    Opt = 41,
}

/// <remarks>RFC 1035 section 4.1.1, RCODE.</remarks>
internal enum DnsResponseCode
{
    Success = 0,
    FormatError = 1,
    ServerFailure = 2,
    NoSuchName = 3,
    NotImplemented = 4,
}
