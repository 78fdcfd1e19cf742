using System.Text;

namespace Coracle;

/// <summary>The texts of packaging/, inside the file.</summary>
internal static class CarriedText
{
    public static string Read(string name)
    {
        using Stream resource = typeof(CarriedText).Assembly.GetManifestResourceStream("install/" + name)
            ?? throw new InvalidOperationException($"this build carries no {name}");
        byte[] text = new byte[resource.Length];
        resource.ReadExactly(text);
        return Encoding.UTF8.GetString(text);
    }
}
