using System.Reflection;
using Coracle.Wire;
using Xunit;

namespace Coracle.Tests.Wire;

public class ProductVersionTests
{
    [Fact]
    public void The_version_we_tell_is_the_version_we_build()
        => Assert.Equal(typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion, ProductVersion.Text);
}
