using System.Buffers.Text;

namespace Coracle.Registry;

/// <summary>Looks into certificates without loading them: loading a system's 150 costs 50 ms and megabytes, and one or two are wanted.</summary>
internal static class CertificateBytes
{
    private const byte Sequence = 0x30;

    private const byte ExplicitVersion = 0xA0;

    private static ReadOnlySpan<byte> Begin => "-----BEGIN CERTIFICATE-----"u8;

    private static ReadOnlySpan<byte> End => "-----END CERTIFICATE-----"u8;

    /// <summary>The next certificate of a PEM file, in DER.</summary>
    /// <param name="pem">Moved behind it.</param>
    /// <param name="buffer">At least as long as the file.</param>
    /// <returns>Empty for one that is no base64; false at the end.</returns>
    public static bool TryNext(ref ReadOnlySpan<byte> pem, Span<byte> buffer, out ReadOnlySpan<byte> certificate)
    {
        certificate = default;
        int begin = pem.IndexOf(Begin);
        int length = begin < 0 ? -1 : pem[(begin + Begin.Length)..].IndexOf(End);
        if (length < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> text = pem.Slice(begin + Begin.Length, length);
        pem = pem[(begin + Begin.Length + length + End.Length)..];
        bool isBase64 = Base64.DecodeFromUtf8(text, buffer, out _, out int written) == System.Buffers.OperationStatus.Done;
        certificate = isBase64 ? buffer[..written] : default;
        return true;
    }

    /// <summary>The subject's name as it is encoded; empty where the bytes are no certificate.</summary>
    /// <remarks>RFC 5280 section 4.1: Certificate { TBSCertificate { [0] version?, serial, algorithm, issuer, validity, subject … } … }.</remarks>
    public static ReadOnlySpan<byte> SubjectOf(ReadOnlySpan<byte> certificate)
    {
        const int FieldsBeforeSubject = 4;
        if (!TryEnter(ref certificate) || !TryEnter(ref certificate))
        {
            return default;
        }

        int skipped = !certificate.IsEmpty && certificate[0] == ExplicitVersion ? FieldsBeforeSubject + 1 : FieldsBeforeSubject;
        for (; skipped > 0; skipped--)
        {
            if (!TryMeasure(certificate, out int header, out int length))
            {
                return default;
            }

            certificate = certificate[(header + length)..];
        }

        return TryMeasure(certificate, out int subjectHeader, out int subjectLength) ? certificate[..(subjectHeader + subjectLength)] : default;
    }

    private static bool TryEnter(ref ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || data[0] != Sequence || !TryMeasure(data, out int header, out int length))
        {
            return false;
        }

        data = data.Slice(header, length);
        return true;
    }

    /// <summary>DER's tag and length: one byte of tag, then a length of one to four bytes. Checked against what is there.</summary>
    private static bool TryMeasure(ReadOnlySpan<byte> data, out int header, out int length)
    {
        const int LongForm = 0x80;
        (header, length) = (2, 0);
        if (data.Length < 2)
        {
            return false;
        }

        length = data[1];
        if (length >= LongForm)
        {
            int bytes = length - LongForm;
            if (bytes is 0 or > 3 || data.Length < 2 + bytes)
            {
                return false;
            }

            length = 0;
            for (int i = 0; i < bytes; i++)
            {
                length = (length << 8) | data[2 + i];
            }

            header += bytes;
        }

        return header + length <= data.Length;
    }
}
