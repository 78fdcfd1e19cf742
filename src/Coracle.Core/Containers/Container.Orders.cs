using System.Net.Sockets;
using System.Threading.Channels;
using Coracle.Runtime;

namespace Coracle.Core;

// What follows from transitions and waits for the world: runs beside the loop and reports back as messages.
public sealed partial class Container
{
    /// <summary>From the wish to run to a running process, or back with everything undone.</summary>
    /// <exception cref="EngineException">It did not start, in Docker's words.</exception>
    private async Task LaunchAsync(Task saved)
    {
        IContainerTask? task = null;
        ContainerRecord? networked = null;
        await _networking.WaitAsync(CancellationToken.None); // of the last run's end, which does not wait for this
        try
        {
            using JoinedNamespaces joined = new(_services.FindContainer);
            networked = _services.Networks is { } networks ? await networks.AllocateAsync(_record, _lifetime.Token) : _record;
            LaunchSpec spec = await joined.JoinAsync(await Task.Run(() => Prepare(networked)), _record.HostConfig, _lifetime.Token);
            task = await _services.Runtime.CreateAsync(spec, _lifetime.Token);
            await _desk.OpenAsync(task, _lifetime.Token);
            networked = await JoinNetworksAsync(networked, task.Pid);
            await saved.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a full disk is logged; it stops no container
            _lifetime.Token.ThrowIfCancellationRequested();
            await task.StartAsync(CancellationToken.None); // asked for, it may have been released: what ends the wait is the answer, or its own limit
        }
        catch (Exception e)
        {
            if (task is not null)
            {
                await task.DisposeAsync(); // not known to run, so its monitor takes it down
            }

            await LeaveNetworksAsync(networked);
            _services.Networks?.TellEnd(networked ?? _record);
            _networking.Release();
            throw await TellStartFailureAsync(e);
        }

        if (!await TellAsync(new ContainerMessage(ContainerEvent.Started) { Task = task, Answer = NewAnswer() }))
        {
            await task.DisposeAsync(); // the connection only: it runs, and the next engine finds it
        }

        _networking.Release();
    }

    private LaunchSpec Prepare(ContainerRecord record)
    {
        _services.Runtime.Forget(Id); // the last run's exit: recorded by now, and not to be taken for this one's
        return _services.Prepare(record);
    }

    private async Task<Exception> TellStartFailureAsync(Exception failure)
    {
        (int code, EngineException told) = StartFailure.Explain(failure);
        ContainerMessage message = new(ContainerEvent.StartFailed) { Failure = told, FailureCode = code, Answer = NewAnswer() };
        await TellAsync(message);
        return told;
    }

    private async Task ReportExitAsync(IContainerTask task)
    {
        ExitRecord exit = await task.Exited.WaitAsync(_lifetime.Token);
        await _networking.WaitAsync(CancellationToken.None);
        await LeaveNetworksAsync(_record); // before anybody hears of the end: its ports are free when a stop returns
        _networking.Release();
        await TellAsync(new ContainerMessage(ContainerEvent.ProcessExited) { Exit = exit });
    }

    private async Task SendSignalAsync(IContainerTask task, Signal signal)
    {
        try
        {
            await task.SignalAsync(signal.Number, _lifetime.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // It ended before the signal reached it; the exit is told by task.Exited alone.
        }
    }

    /// <summary>Saves whatever the record is by then.</summary>
    private async Task SaveLaterAsync(TimeSpan pause)
    {
        await Task.Delay(pause, _services.Time, _lifetime.Token);
        await _writer.SaveAsync(_record);
    }

    private async Task RemoveFilesAsync(bool withVolumes)
    {
        try
        {
            await _writer.CloseAsync();
            await Task.Run(() => RemoveFiles(withVolumes));
            await TellAsync(new ContainerMessage(ContainerEvent.Removed) { Answer = NewAnswer() });
        }
        catch (Exception e) when (e is IOException)
        {
            await TellAsync(new ContainerMessage(ContainerEvent.RemoveFailed) { Failure = e });
            throw new EngineException(Refusal.Failed, $"unable to remove filesystem for {Id}: {e.Message}", e);
        }
    }

    private void RemoveFiles(bool withVolumes)
    {
        _services.Runtime.Forget(Id);
        if (!withVolumes)
        {
            _services.Volumes?.Keep(_record); // before the container goes: a cut between the two must not take them along
        }

        _services.Records.Remove(_record);
        _services.Volumes?.Release(_record, withVolumes);
    }

    /// <summary>Completes when the message was applied, if somebody wants to know.</summary>
    /// <returns>False when the container is being disposed of: it hears nothing.</returns>
    private async Task<bool> TellAsync(ContainerMessage message)
    {
        try
        {
            await _queue.Writer.WriteAsync(message);
        }
        catch (ChannelClosedException)
        {
            return false;
        }

        await (message.Answer?.Task ?? Task.CompletedTask);
        return true;
    }

    /// <summary>Takes over a process that an earlier engine started.</summary>
    private void Adopt(IContainerTask? found)
    {
        if (found is not null)
        {
            _task = found;
            _pending.Keep(Id, AdoptAsync(found));
        }
    }

    private async Task AdoptAsync(IContainerTask found)
    {
        await _desk.OpenAsync(found, _lifetime.Token); // before it answers: an attach is refused then, as every verb is, instead of waiting
        if (found is UnansweredTask silent && await silent.Answered.WaitAsync(_lifetime.Token) is IContainerTask answered)
        {
            await TellAsync(new ContainerMessage(ContainerEvent.Found) { Task = answered, Answer = NewAnswer() });
        }

        await ReportExitAsync(found);
    }
}
