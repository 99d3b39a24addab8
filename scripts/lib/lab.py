# SPDX-License-Identifier: GPL-2.0-only
"""Packages for the lab: kernels, QEMU, and small root file systems for guests and cross-building.

All come from the archive that this machine's own apt uses, by apt itself, which verifies them; but
with lists, cache and status of our own, so that no file of the system is changed. What was fetched
is kept in one folder: INTERLOPER_LAB, or interloper/lab in the user's cache.
"""
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
LISTS_LAST = 86400  # seconds
KERNEL_SUITES = ["bullseye", "bullseye-security", "bookworm", "bookworm-security",
                 "bookworm-backports", "trixie", "trixie-security", "trixie-backports"]
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class LabError(Exception):
    """What the lab cannot do here: one line for the user."""


def cache_folder():
    folder = os.environ.get("INTERLOPER_LAB")
    if not folder:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        folder = os.path.join(home, "interloper", "lab")
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path


def machine_architecture():
    machine = os.uname().machine
    for name, word in ARCHITECTURES.items():
        if word == machine:
            return name
    raise LabError(f"the lab runs on x86_64 and aarch64, not on {machine}")


def codename():
    """The Debian release that this machine runs: the guests' userland is of the same one."""
    words = {}
    with open("/etc/os-release", encoding="utf-8") as lines:
        for line in lines:
            name, _, value = line.strip().partition("=")
            words[name] = value.strip('"')
    if words.get("ID") != "debian" or not words.get("VERSION_CODENAME"):
        raise LabError("the lab fetches Debian's kernels with apt, and this is "
                       f"{words.get('PRETTY_NAME', 'no Debian')}")
    return words["VERSION_CODENAME"]


@contextmanager
def locked(folder):
    """One process at a time fills a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command, what, **options):
    """A command whose output is shown only if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if done.returncode:
        last = [line for line in done.stdout.splitlines() if line.strip()][-3:]
        raise LabError(f"{what}: {' / '.join(last) or f'exit {done.returncode}'}")
    return done.stdout


def mirrors():
    """Where this machine's apt has Debian from, as (of releases, of their security updates)."""
    listed = run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)"],
                 "apt's sources")
    release = codename()
    found = dict(reversed(line.rsplit(" ", 1)) for line in listed.splitlines() if " " in line)
    if release not in found:
        raise LabError(f"apt has no source for {release}: see /etc/apt/sources.list.d")
    return found[release], found.get(f"{release}-security")


class Archive:
    """The packages of some suites, for one architecture."""

    def __init__(self, name, suites, architecture, status=os.devnull):
        self.folder = cache_folder() / "apt" / f"{name}-{architecture}"
        self.architecture = architecture
        self.suites = suites
        self.options = [
            f"-oDir::Etc::SourceList={self.folder}/sources.list", "-oDir::Etc::SourceParts=-",
            f"-oDir::State::Lists={self.folder}/lists", f"-oDir::Cache={self.folder}/cache",
            f"-oDir::State::status={status}", f"-oDir::Log={self.folder}",
            f"-oAPT::Architecture={architecture}", f"-oAPT::Architectures={architecture}",
            "-oDir::Cache::pkgcache=packages.bin", "-oDir::Cache::srcpkgcache=sources.bin",
            "-oAcquire::Languages=none", "-oAcquire::Retries=3", "-oAPT::Sandbox::User=root",
            "-oAPT::Install-Recommends=0", "-oDebug::NoLocking=1",
        ]

    def update(self):
        """Fetches the lists of packages, once a day."""
        with locked(self.folder):
            stamp = self.folder / "updated"
            sources = self.sources()
            if (stamp.exists() and stamp.read_text("utf-8") == sources and
                    time.time() - stamp.stat().st_mtime < LISTS_LAST):
                return
            for sub in "lists/partial", "cache/archives/partial":
                (self.folder / sub).mkdir(parents=True, exist_ok=True)
            (self.folder / "sources.list").write_text(sources, "utf-8")
            run(["apt-get", *self.options, "-qq", "update"], "apt-get update")
            stamp.write_text(sources, "utf-8")

    def sources(self):
        base, security = mirrors()
        lines = []
        for suite in self.suites:
            uri = security if suite.endswith("-security") else base
            if uri:
                lines.append(f"deb [signed-by={KEYRING}] {uri} {suite} main\n")
        return "".join(lines)

    def names(self, pattern):
        """The names of all packages that match a regular expression."""
        listed = run(["apt-cache", *self.options, "pkgnames"], "apt-cache")
        return [name for name in listed.split() if re.fullmatch(pattern, name)]

    def fetch(self, package, folder):
        """One package without what it depends on; the path of its file."""
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            run(["apt-get", *self.options, "-qq", "download", package], f"cannot fetch {package}",
                cwd=work)
            got = next(Path(work).glob("*.deb"))
            return got.replace(folder / got.name)

    def fetch_all(self, packages, *options):
        """Packages with all that they depend on and the status lacks: the paths of their files."""
        archives = self.folder / "cache" / "archives"
        command = ["apt-get", *self.options, *options, "-qq", "-y", "install", *packages]
        plan = run(command + ["--simulate"], f"cannot resolve {' '.join(packages)}")
        run(command + ["--download-only"], f"cannot fetch {' '.join(packages)}")
        steps = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) .*\[(\w+)\]\)", plan, re.MULTILINE)
        return [archives / f"{name}_{version.replace(':', '%3a')}_{architecture}.deb"
                for name, version, architecture in steps]


def unpack(debs, folder, leave_out=()):
    """Unpacks packages into a root folder whose /bin, /sbin and /lib* are in /usr."""
    for name in "bin", "sbin", "lib", "lib64":
        (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"usr/{name}")
    excluded = [f"--exclude=./{path}" for path in leave_out]
    for deb in debs:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)],
                              stdout=subprocess.PIPE) as tar:
            run(["tar", "-x", "--keep-directory-symlink", *excluded, "-C", str(folder)],
                f"cannot unpack {deb.name}", stdin=tar.stdout)


def filled_once(folder, key, fill):
    """A folder that fill(path) makes, anew whenever the key (a text) is another."""
    with locked(folder.parent):
        stamp = folder.with_name(folder.name + ".key")
        if folder.exists() and stamp.exists() and stamp.read_text("utf-8") == key:
            return folder
        stamp.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        fill(folder)
        stamp.write_text(key, "utf-8")
        return folder


def root(name, packages, architecture, leave_out=()):
    """A root folder with these packages of this machine's release, and what they depend on."""
    release = codename()
    archive = Archive("release", [release, f"{release}-security"], architecture)
    archive.update()
    debs = archive.fetch_all(sorted(packages))
    key = "\n".join([*leave_out, *(deb.name for deb in debs)])
    return filled_once(cache_folder() / "roots" / f"{name}-{architecture}", key,
                       lambda folder: unpack(debs, folder, leave_out))


def version_key(name):
    """Orders kernel names as people do: 6.12 after 6.2, deb13.1 after deb13."""
    return [(0, int(part)) if part.isdigit() else (-1, part)
            for part in re.findall(r"\d+|[^\d]+", name)]


def kernel(version, architecture):
    """(image, release) of Debian's newest cloud kernel of a version: "6.12", "6.12.107", "newest".

    From 6.19 on the image is in linux-binary-*, and the linux-image-* beside it is empty.
    """
    archive = Archive("kernels", KERNEL_SUITES, architecture)
    archive.update()
    wanted = r"\d[^-]*" if version == "newest" else re.escape(version) + r"(?:[.+][^-]*)?"
    pattern = rf"linux-(image|binary)-({wanted}(?:-\d[^-]*)?)-cloud-{architecture}"
    by_release = {}
    for name in archive.names(pattern):
        kind, release = re.fullmatch(pattern, name).groups()
        # linux-image-6.1-cloud-amd64 and its like only point to another.
        if release.count(".") >= 2 and by_release.get(release, "image") == "image":
            by_release[release] = kind
    if not by_release:
        raise LabError(f"--kernel {version}: Debian's archive has no such cloud kernel for "
                       f"{architecture}")
    problem = None
    for release in sorted(by_release, key=version_key, reverse=True)[:4]:
        package = f"linux-{by_release[release]}-{release}-cloud-{architecture}"
        try:
            return kernel_of_package(archive, package), f"{release}-cloud-{architecture}"
        except LabError as error:  # an old one may be listed, and gone
            problem = problem or error
    raise problem


def kernel_of_package(archive, package):
    folder = cache_folder() / "kernels"
    image = folder / package.replace("linux-image-", "").replace("linux-binary-", "")
    with locked(folder):
        if image.exists():
            return image
        deb = archive.fetch(package, folder / "fetched")
        with tempfile.TemporaryDirectory(dir=folder) as work:
            run(["dpkg-deb", "-x", str(deb), work], f"cannot unpack {package}")
            found = [path for pattern in ("boot/vmlinu*", "usr/lib/modules/*/vmlinu*",
                                          "lib/modules/*/vmlinu*")
                     for path in Path(work).glob(pattern)]
            deb.unlink()
            if not found:
                raise LabError(f"{package} holds no kernel image")
            found[0].replace(image)
    return image


def qemu(architecture):
    """The command words that start QEMU 10 or newer for guests of an architecture."""
    program = "qemu-system-" + ARCHITECTURES[architecture]
    if shutil.which(program):
        told = run([program, "--version"], program)
        version = re.search(r"version (\d+)", told)
        if version and int(version[1]) >= 10:
            return [program], {}
    release = codename()
    suites = [release, f"{release}-security", f"{release}-backports"]
    archive = Archive("qemu", suites, machine_architecture(), "/var/lib/dpkg/status")
    archive.update()
    debs = archive.fetch_all(["qemu-system-x86", "qemu-system-arm"],
                             *(["-t", f"{release}-backports"] if release == "bookworm" else []))
    key = "\n".join(deb.name for deb in debs)
    folder = filled_once(cache_folder() / "qemu", key, lambda path: unpack(debs, path))
    libraries = f"/usr/lib/{ARCHITECTURES[machine_architecture()]}-linux-gnu"
    shares = [f"{folder}/usr/share/{name}" for name in ("qemu", "seabios")]
    words = [f"{folder}/usr/bin/{program}"]
    for share in shares + ["/usr/share/seabios"]:
        words += ["-L", share]
    return words, {"LD_LIBRARY_PATH": f"{folder}{libraries}"}
