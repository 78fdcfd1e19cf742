namespace Coracle.Core;

/// <summary>
/// Where clients that want a container's streams wait for its process. Who is here before the process is released gets its
/// output from the first byte; who comes later is connected at once.
/// </summary>
/// <remarks>One lock, held for list operations only. Called by clients and by the container's launch.</remarks>
internal sealed class AttachDesk
{
    private readonly Lock _lock = new();

    private readonly List<AttachTicket> _waiting = [];

    private IContainerTask? _task;

    /// <summary>Completes as soon as the place is taken; with a process there, as soon as the connection stands.</summary>
    /// <exception cref="EngineException">The process's monitor does not answer.</exception>
    public async Task<AttachTicket> TakeAsync(AttachWish wish, CancellationToken cancellationToken)
    {
        AttachTicket ticket = new(wish, Withdraw);
        IContainerTask? task;
        lock (_lock)
        {
            task = _task;
            if (task is null)
            {
                _waiting.Add(ticket);
            }
        }

        if (task is not null)
        {
            await ticket.ConnectAsync(task, cancellationToken);
        }

        if (ticket.Refusal is EngineException refused)
        {
            ticket.Dispose();
            throw refused;
        }

        return ticket;
    }

    /// <summary>The process is there, waiting to be released: completes when everybody who waited is connected.</summary>
    public async Task OpenAsync(IContainerTask task, CancellationToken cancellationToken)
    {
        AttachTicket[] waiting;
        lock (_lock)
        {
            _task = task;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (AttachTicket ticket in waiting)
        {
            await ticket.ConnectAsync(task, cancellationToken);
        }
    }

    /// <summary>The process has ended; those who come now wait for the next one.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _task = null;
        }
    }

    /// <summary>There will be no process: everybody who waits is sent away.</summary>
    public void SendAway()
    {
        AttachTicket[] waiting;
        lock (_lock)
        {
            _task = null;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (AttachTicket ticket in waiting)
        {
            ticket.Fail();
        }
    }

    private void Withdraw(AttachTicket ticket)
    {
        lock (_lock)
        {
            _waiting.Remove(ticket);
        }
    }
}
