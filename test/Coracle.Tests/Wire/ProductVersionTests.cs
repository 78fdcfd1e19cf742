using System.Reflection;
using Coracle.Wire;

namespace Coracle.Tests.Wire;

public sealed class ProductVersionTests
{
    [Fact]
    public void The_version_we_tell_is_the_version_we_build()
    {
        string? built = typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        Assert.Equal(ProductVersion.Text, built);
    }
}
