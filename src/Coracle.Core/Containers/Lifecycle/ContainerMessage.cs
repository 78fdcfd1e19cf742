using Coracle.Runtime;

namespace Coracle.Core;

/// <summary>One message in a container's queue.</summary>
internal sealed record ContainerMessage(ContainerEvent Event)
{
    /// <summary>Of <see cref="ContainerEvent.SignalAsked"/>.</summary>
    public Signal Signal { get; init; }

    /// <summary>The signal is meant to end the container, and somebody asked for it: its policy must not bring it back.</summary>
    public bool ByHand { get; init; }

    /// <summary>A start follows the end: <c>--rm</c> does not apply to it.</summary>
    public bool ForRestart { get; init; }

    /// <summary>The signal lets frozen processes go on, so that it reaches them.</summary>
    public bool Thaws { get; init; }

    /// <summary>
    /// Of <see cref="ContainerEvent.Started"/> and <see cref="ContainerEvent.Found"/>; of <see cref="ContainerEvent.PauseDone"/> and
    /// <see cref="ContainerEvent.ResumeDone"/>, whose process may have been replaced meanwhile.
    /// </summary>
    public IContainerTask? Task { get; init; }

    /// <summary>Of <see cref="ContainerEvent.RemoveAsked"/>: anonymous volumes go with the container.</summary>
    public bool WithVolumes { get; init; }

    /// <summary>Of <see cref="ContainerEvent.RenameAsked"/>.</summary>
    public string? Name { get; init; }

    /// <summary>Of <see cref="ContainerEvent.NetworksJoined"/> and <see cref="ContainerEvent.NetworksChanged"/>: what of the record concerns networks.</summary>
    public ContainerRecord? Networked { get; init; }

    /// <summary>Of <see cref="ContainerEvent.ProcessExited"/>.</summary>
    public ExitRecord? Exit { get; init; }

    /// <summary>Of the failures.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Exit code that a failed start shows.</summary>
    public int FailureCode { get; init; }

    /// <summary>Set by the loop when the message was applied; null when nobody asks.</summary>
    public TaskCompletionSource<ContainerAnswer>? Answer { get; init; }
}

/// <param name="Accepted">False when the event is not allowed in the phase <paramref name="Before"/>.</param>
/// <param name="Before">The state in which the message found the container.</param>
/// <param name="Name">What it was called then.</param>
/// <param name="Order">What follows from it outside the loop: the launch, the removal, the signal on its way.</param>
internal sealed record ContainerAnswer(bool Accepted, ContainerState Before, string Name, Order Order);
