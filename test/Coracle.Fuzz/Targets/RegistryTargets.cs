using System.Text;
using Coracle.Oci;
using Coracle.Registry;

namespace Coracle.Fuzz;

/// <summary>What a registry, a proxy or a file of certificates says.</summary>
internal static class RegistryTargets
{
    private static readonly ImageReference _image = ImageReference.Parse("registry.example.com/a/b:c");

    public static void Challenge(ReadOnlySpan<byte> input)
    {
        AuthChallenge? challenge = AuthChallenge.Parse(Encoding.Latin1.GetString(input));
        Promise.Holds(challenge is null || challenge.Parameters.Count <= 32, "no more parameters than anybody sends");
        _ = ErrorResponse.Translate(401, challenge, input, _image).Message;
    }

    public static void Errors(ReadOnlySpan<byte> input)
    {
        foreach (int status in (int[])[400, 401, 403, 404, 429, 503])
        {
            Promise.Holds(ErrorResponse.Translate(status, null, input, _image).Message.Length > 0, "every refusal has a text");
        }

        try
        {
            _ = TagList.Parse(input.ToArray());
        }
        catch (RegistryException)
        {
            // Not a list of tags.
        }
    }

    public static void Credentials(ReadOnlySpan<byte> input)
    {
        _ = RegistryCredentials.Parse(Encoding.Latin1.GetString(input)).HasPassword;
        _ = RegistryCredentials.Parse(Convert.ToBase64String(input)).HasPassword;
    }

    public static void Proxies(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        ProxyRules rules = ProxyRules.Parse(null, "http://proxy:3128", text);
        _ = rules.For(RegistryEndpoint.OfMirror(new Uri("https://registry.example.com/"), new RegistryOptions([])));
        _ = ProxyRules.Parse(text, text, text);
    }

    public static void Certificates(ReadOnlySpan<byte> input)
    {
        byte[] buffer = new byte[input.Length];
        ReadOnlySpan<byte> pem = input;
        int left = pem.Length + 1;
        while (CertificateBytes.TryNext(ref pem, buffer, out ReadOnlySpan<byte> certificate))
        {
            Promise.Holds(pem.Length < left, "every step goes forward");
            left = pem.Length;
            Promise.Holds(CertificateBytes.SubjectOf(certificate).Length <= certificate.Length, "a subject is inside its certificate");
        }

        _ = CertificateBytes.SubjectOf(input);
    }
}
