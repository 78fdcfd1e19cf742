"""A disk of its own: an ext4 image on a loop device, so that /proc/diskstats counts the engines' writes alone."""
import os
import subprocess

SIZE = 6 << 30


class Disk:
    def __init__(self, cache):
        self.image = os.path.join(cache, 'disk.img')
        self.path = os.path.join(cache, 'disk')
        self.device = None

    def __enter__(self):
        os.makedirs(self.path, exist_ok=True)
        with open(self.image, 'wb') as file:
            file.truncate(SIZE)
        subprocess.check_call(['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', self.image])
        # Direct: the loop device must not keep a second copy of every page, outside any engine's account.
        self.device = subprocess.check_output(['losetup', '-f', '--show', '--direct-io=on', self.image], text=True).strip()
        subprocess.check_call(['mount', '-o', 'noatime', self.device, self.path])
        return self

    def __exit__(self, *_):
        subprocess.call(['umount', '-l', self.path])
        subprocess.call(['losetup', '-d', self.device])
        os.remove(self.image)

    def sectors_written(self):
        """512-byte sectors since the machine started."""
        name = os.path.basename(self.device)
        for line in open('/proc/diskstats'):
            fields = line.split()
            if fields[2] == name:
                return int(fields[9])
        raise LookupError(name)
