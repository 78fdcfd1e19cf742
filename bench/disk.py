"""A disk of its own: an image with a file system on a loop device, so that /proc/diskstats counts the engines' writes alone."""
import os
import subprocess

SIZE = 6 << 30
MAKERS = {'ext4': ['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0'], 'btrfs': ['mkfs.btrfs', '-q', '-f']}


def kernel_has(kind):
    subprocess.call(['modprobe', '-q', kind])
    return any(line.split()[-1] == kind for line in open('/proc/filesystems'))


class Disk:
    def __init__(self, cache, kind='ext4', size=SIZE):
        self.kind, self.size = kind, size
        self.image = os.path.join(cache, kind + '.img')
        self.path = os.path.join(cache, kind)
        self.device = None

    def __enter__(self):
        os.makedirs(self.path, exist_ok=True)
        with open(self.image, 'wb') as file:
            file.truncate(self.size)
        subprocess.check_call([*MAKERS[self.kind], self.image], stdout=subprocess.DEVNULL)
        # Direct: the loop device must not keep a second copy of every page, outside any engine's account.
        self.device = subprocess.check_output(['losetup', '-f', '--show', '--direct-io=on', self.image], text=True).strip()
        self._mount()
        return self

    def __exit__(self, *_):
        subprocess.call(['umount', '-l', self.path])
        subprocess.call(['losetup', '-d', self.device])
        os.remove(self.image)

    def _mount(self):
        subprocess.check_call(['mount', '-o', 'noatime', self.device, self.path])

    def forget_pages(self):
        """None of its files is in memory afterwards. Nobody may use it."""
        subprocess.check_call(['umount', self.path])
        self._mount()

    def flush(self):
        subprocess.check_call(['sync', '-f', self.path])

    def sectors_written(self):
        """512-byte sectors since the machine started."""
        name = os.path.basename(self.device)
        for line in open('/proc/diskstats'):
            fields = line.split()
            if fields[2] == name:
                return int(fields[9])
        raise LookupError(name)
