using Coracle.Linux;

namespace Coracle.Tests.Linux;

public sealed class ThisProcessTests
{
    [Fact]
    public void A_process_that_forgets_its_code_has_all_of_it_again()
    {
        for (int i = 0; i < 3; i++)
        {
            ThisProcess.ForgetCode();
            Assert.Equal(Environment.ProcessId, ThisProcess.Id);
        }
    }
}
