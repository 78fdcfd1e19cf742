"""One pair through the published program: made on a build server, applied on a device, compared with the image it should be."""
import os
import shutil
import subprocess

import engines
from delta import device, tars


def pair(one, disk, sharing, program, others, directory):
    """Figures in bytes and CPU seconds, by name; sharing is a disk that can share blocks, or none. Ends the run where an image is not the right one."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    old, new = one.make(directory)
    archive = os.path.join(directory, 'update.delta')
    engine = device.Device(disk, program)
    missing = [digest for digest in new.digests if digest not in old.digests]
    figures = {
        'name': one.name, 'title': one.title, 'must': one.must, 'aim': one.aim, 'output': sum(map(os.path.getsize, new.without(old))),
        'changed': tars.changed_bytes(old.layers, new.layers), 'gzip': others.gzip(old, new), 'librsync': others.librsync(old, new, directory)}
    figures['create'] = created(engine, old, new, archive)
    carried = device.blobs(archive)
    figures.update(delta=sum(size for _, size in carried), layers=len(carried), in_full=sum(not is_delta for is_delta, _ in carried),
                   file=os.path.getsize(archive))
    if any(map(engine.has_layer, missing)):
        raise SystemExit('%s: the new layers are still here, nothing would be applied' % one.name)
    figures['apply'] = applied(engine, new, archive)
    engine.forget()
    figures['unpacked'] = unpacked(disk, new.without(old))
    if one.on_btrfs and sharing:
        figures['shared'] = on_another(sharing, program, old, new, archive)
    return figures


def unpacked(disk, layers):
    """What tar -x and sync write of the same layers: less than that of this file system nobody can."""
    place = os.path.join(disk.path, 'unpacked')
    disk.flush()
    written = allocated = 0
    for layer in layers:
        os.mkdir(place)
        sectors = disk.sectors_written()
        subprocess.check_call(['tar', '-x', '--numeric-owner', '-C', place, '-f', layer])
        disk.flush()
        written += (disk.sectors_written() - sectors) * 512
        allocated += engines.allocated_bytes(place)
        shutil.rmtree(place)
        disk.flush()
    return {'written': written, 'allocated': allocated}


def on_another(disk, program, old, new, archive):
    """The same archive where the file system can share blocks."""
    engine = device.Device(disk, program)
    with engine:
        engine.load(old, 'update:old')
    cloned = copied(disk, engine)
    cost = applied(engine, new, archive)
    engine.forget()
    return {**cost, 'cloned': cloned}


def copied(disk, engine):
    """What cp --reflink and sync write of the old layers' trees: the same number of files, sharing all that can be shared, committed once."""
    place = os.path.join(disk.path, 'copied')
    disk.flush()
    sectors = disk.sectors_written()
    subprocess.check_call(['cp', '-a', '--reflink=always', os.path.join(engine.data_root, 'layers'), place])
    disk.flush()
    cost = {'written': (disk.sectors_written() - sectors) * 512, 'allocated': engines.allocated_bytes(place)}
    shutil.rmtree(place)
    disk.flush()
    return cost


def created(engine, old, new, archive):
    with engine:
        engine.load(old, 'update:old')
        engine.load(new, 'update:new')
    engine.disk.forget_pages()
    with engine:
        with device.Watch(engine) as watch:
            engine.own('delta', 'create', 'update:old', 'update:new', '-o', archive)
        engine.own('rmi', 'update:new')
    return watch.cost


def applied(engine, new, archive):
    engine.disk.forget_pages()
    with engine:
        engine.disk.flush()
        allocated, sectors = engines.allocated_bytes(engine.data_root), engine.disk.sectors_written()
        with device.Watch(engine) as watch:
            engine.own('delta', 'apply', archive)
        engine.disk.flush()
        sectors = engine.disk.sectors_written() - sectors
        allocated = engines.allocated_bytes(engine.data_root) - allocated
        engine.check(new, 'update:new')
        engine.own('rmi', 'update:new', 'update:old')
    return {**watch.cost, 'written': sectors * 512, 'allocated': allocated}
