#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Archives that somebody made to harm the host that imports them, each from a good one by one change. Every one must be refused
# with a sentence that matches, and leave nothing.
#   archives.py cases                    prints a line 'NAME|PATTERN' for each
#   archives.py make GOOD.tar NAME OUT   makes one
#   archives.py edit GOOD.tar OUT MEMBER PATTERN BY   makes one by replacing text in a member
import io
import os
import re
import sys
import tarfile

FILE, LINK, HARD, CHAR, BLOCK, FIFO, DIR = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE,
                                            tarfile.FIFOTYPE, tarfile.DIRTYPE)
OUTSIDE = 'not a path in a container'
BELOW = 'lies below something that is not a directory'
TWICE = 'occurs twice'


def member(path, kind=FILE, data=b'', **more):
    info = tarfile.TarInfo(path)
    info.type, info.size, info.mode = kind, len(data) if kind == FILE else 0, 0o755 if kind == DIR else 0o644
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


def xattr(name, value):
    return {'pax_headers': {'SCHILY.xattr.' + name: value}}


def text(archive, path, change):
    for i, (info, data) in enumerate(archive):
        if info.name == path:
            data = change(data.decode()).encode()
            info.size = len(data)
            archive[i] = info, data


def add(*members):
    return lambda archive: archive.__setitem__(slice(-1, -1), members)


def record(pattern, by):
    return lambda archive: text(archive, 'record', lambda t: re.sub(pattern, by, t, count=1, flags=re.M))


def manifest(pattern, by):
    return lambda archive: text(archive, 'manifest', lambda t: re.sub(pattern, by, t, count=1, flags=re.M))


def given(change):
    return lambda archive: text(archive, 'given', change)


# A file with 'n' pieces of a byte, one in each block (GNU tar's sparse format 1.0).
def sparse(path, n):
    where = ('%d\n' % n + ''.join('%d\n1\n' % (i * 4096) for i in range(n))).encode()
    data = where + bytes(-len(where) % 512) + b'x' * n
    return member('tree/var/GNUSparseFile.0/sparse', FILE, data, pax_headers={
        'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': path, 'GNU.sparse.realsize': str(n * 4096)})


def drop(path):
    def change(archive):
        archive[:] = [m for m in archive if m[0].name != path]
    return change


def both(*changes):
    def change(archive):
        for c in changes:
            c(archive)
    return change


def swap(archive):
    archive[0], archive[1] = archive[1], archive[0]


def end(data):
    return lambda archive: text(archive, 'end', lambda t: data)


# name: (pattern, change, whether the number of members in the end is made right)
CASES = {
    # where a member would be
    'an absolute path': (OUTSIDE, add(member('/etc/x')), True),
    'a path that leads out': (OUTSIDE, add(member('tree/etc/../../../x')), True),
    'a path that ends in two dots': (OUTSIDE, add(member('tree/etc/..', DIR)), True),
    'a path with a dot': (OUTSIDE, add(member('tree/etc/./x')), True),
    'a path with two slashes': (OUTSIDE, add(member('tree/etc//x')), True),
    'a path beside the tree': (OUTSIDE, add(member('trees/etc/x')), True),
    'the tree itself': (OUTSIDE, add(member('tree', DIR)), True),
    'a file in the root': (OUTSIDE, add(member('tree/x')), True),
    'a file in /usr': (OUTSIDE, add(member('tree/usr/x')), True),
    'a link in place of /usr': (OUTSIDE, add(member('tree/usr', LINK, linkname='/')), True),
    'a link in place of /lib': (OUTSIDE, add(member('tree/lib', LINK, linkname='/etc')), True),
    'a link in place of /srv': ('is not a directory', both(drop('tree/srv'), add(member('tree/srv', LINK, linkname='/etc'))), True),
    'a file in place of /srv': ('is not a directory', both(drop('tree/srv'), add(member('tree/srv'))), True),
    'a file below a link': (BELOW, add(member('tree/etc/l', LINK, linkname='/etc'), member('tree/etc/l/x')), True),
    'a file below a link that leads up': (BELOW, add(member('tree/etc/l', LINK, linkname='../..'), member('tree/etc/l/x')), True),
    'a directory below a link': (BELOW, add(member('tree/etc/l', LINK, linkname='/'), member('tree/etc/l/x', DIR)), True),
    'a link below a link': (BELOW, add(member('tree/etc/l', LINK, linkname='/'), member('tree/etc/l/x', LINK, linkname='y')), True),
    'a file below a file': (BELOW, add(member('tree/etc/f'), member('tree/etc/f/x')), True),
    'a file in a directory that is not there': ('directory that is not there', add(member('tree/etc/none/x')), True),
    'a file twice': (TWICE, add(member('tree/etc/f'), member('tree/etc/f')), True),
    'a directory twice': (TWICE, add(member('tree/etc/d', DIR), member('tree/etc/d', DIR)), True),
    'a directory of the root twice': (TWICE, add(member('tree/etc', DIR)), True),
    'a file in place of a link': (TWICE, add(member('tree/etc/l', LINK, linkname='/etc/passwd'), member('tree/etc/l')), True),
    'a directory in place of a link': (TWICE, add(member('tree/etc/l', LINK, linkname='/etc'), member('tree/etc/l', DIR)), True),
    'a fifo in place of a file': (TWICE, add(member('tree/etc/f'), member('tree/etc/f', FIFO)), True),
    # what it would be
    'a character device': ('type that no container has', add(member('tree/etc/null', CHAR, devmajor=1, devminor=3)), True),
    'a block device': ('type that no container has', add(member('tree/etc/disk', BLOCK, devmajor=8, devminor=0)), True),
    'another name of a file of the host': ('another name of', add(member('tree/etc/h', HARD, linkname='/etc/shadow')), True),
    'another name of what lies outside': ('another name of', add(member('tree/etc/h', HARD, linkname='tree/etc/../../x')), True),
    'another name of what is not there': ('another name of', add(member('tree/etc/h', HARD, linkname='tree/etc/none')), True),
    'another name of a link': ('another name of', add(member('tree/etc/l', LINK, linkname='/etc/shadow'), member('tree/etc/h', HARD, linkname='tree/etc/l')), True),
    'another name below a link': ('another name of', add(member('tree/etc/l', LINK, linkname='/etc'), member('tree/etc/h', HARD, linkname='tree/etc/l/shadow')), True),
    'a user of the host': ('does not have', add(member('tree/etc/f', uid=65536)), True),
    'a group of the host': ('does not have', add(member('tree/etc/f', gid=4294967295)), True),
    'a user beyond all numbers': ('does not have', add(member('tree/etc/f', uid=1 << 40)), True),
    'an SELinux label': ('attributes that no container has', add(member('tree/etc/f', **xattr('security.selinux', 'system_u:object_r:shadow_t:s0'))), True),
    'an attribute of the host': ('attributes that no container has', add(member('tree/etc/f', **xattr('trusted.overlay.opaque', 'y'))), True),
    'capabilities that are none': ("attribute 'security.capability'", add(member('tree/etc/f', **xattr('security.capability', 'x'))), True),
    'attributes of a link': ('attributes that', add(member('tree/etc/l', LINK, linkname='x', **xattr('user.x', 'y'))), True),
    # how large it would be
    'a file that is too large': ('do not fit', add(member('tree/var/zeros', FILE, bytes(48 << 20))), True),
    'a sparse file with a byte in every block': ('do not fit', add(sparse('tree/var/sparse', 12288)), True),
    'too many files': ('do not fit', add(*[member('tree/var/f%d' % i) for i in range(16384)]), True),
    'a name that is too long': ('too long|not a path|cannot be read', add(member('tree/etc/' + 'x' * 300)), True),
    'a path that is too long': ('too long|not a path|cannot be read', add(member('tree/etc/' + 'x/' * 3000 + 'x')), True),
    'a header that is huge': ('too long|too large|cannot be read', add(member('tree/etc/f', **xattr('user.x', 'y' * (3 << 20)))), True),
    'an attribute that is too large': ('too long|Cannot set the attribute|cannot be read', add(member('tree/etc/f', **xattr('user.x', 'y' * 200000))), True),
    'too many attributes': ('too many attributes', add(member('tree/etc/f', pax_headers={'SCHILY.xattr.user.x%d' % i: 'y' for i in range(100)})), True),
    # its end
    'no end': ('is missing|cut off', drop('end'), False),
    'an end with another number': ('does not fit what came before', end('7\n'), False),
    'an end that is no number': ('does not fit what came before', end('x'), False),
    'a member after the end': ('is not the end', lambda archive: archive.append(member('tree/etc/x')), False),
    'two ends': ('is not the end', lambda archive: archive.append(member('end', FILE, b'7\n')), False),
    # what it says about itself
    'no manifest': ("in place of 'manifest'", drop('manifest'), False),
    'no record': ("in place of 'record'", drop('record'), False),
    'the record first': ("in place of 'manifest'", swap, False),
    'a manifest that is a link': ('is not a text', both(drop('manifest'), lambda a: a.insert(0, member('manifest', LINK, linkname='/etc/shadow'))), False),
    'a manifest that is binary': ('manifest is not', lambda a: text(a, 'manifest', lambda t: 'a\0b'), False),
    'a manifest that is too large': ('of a size', lambda a: text(a, 'manifest', lambda t: 'x' * (2 << 20)), False),
    'a manifest without a name': ('lacks the format or the name', manifest('^Name=.*$', ''), False),
    'a manifest with a name that leads out': ('manifest is not valid', manifest('^Name=.*$', 'Name=../x'), False),
    'a manifest of the future': ('newer version', manifest('^Format=.*$', 'Format=2'), False),
    'a manifest with a key of nobody': ('manifest is not valid', manifest('^Name=', 'Nick=x\nName='), False),
    'a version of escapes': ('manifest is not', manifest('^Package=([^ ]*) .*$', 'Package=\\1 \x1b[31m'), False),
    'a record that is garbage': ('record is not valid', lambda a: text(a, 'record', lambda t: 'garbage'), False),
    'a record with escapes': ('record is not valid', record('^Name=', '\x1b[31m=x\nName='), False),
    'a record of another container': ('record is not valid', record('^Name=.*$', 'Name=other'), False),
    'a record of the future': ('newer version', record('^Format=.*$', 'Format=9'), False),
    'a record with a key of nobody': ('record is not valid', record('^Name=', 'Nick=x\nName='), False),
    'the record of an unfinished container': ('unfinished', record('^State=.*$', 'State=creating'), False),
    'a list of what it was given that is too large': ('of a size', given(lambda t: t + 'x' * (33 << 20)), False),
    'a list of what it was given with too many lines': ('larger than that', given(lambda t: t.replace('\npath', '\npackage a' * 200000 + '\npath', 1)), False),
    'a list of what it was given with a line that is too long': ('given is not valid', given(lambda t: t.replace('\npath', '\npackage ' + 'a' * 70000 + '\npath', 1)), False),
    # what the container could do
    'a directory of the host': ("mounts '/root' of the host", record(r'\Z', '\n[Mounts]\nMount=host-bind:/srv/x=/root\n'), False),
    'a device': ("device '/dev/kmsg2?'|record is not valid", record(r'\Z', '\n[Rights]\nDevice=/dev/kvm\nDevice=/dev/kmsg2\n'), False),
    'a capability': ('capability CAP_NET_ADMIN', record(r'\Z', '\n[Rights]\nCapabilities=CAP_NET_ADMIN\n'), False),
    'system calls': ("group 'keyring'", record(r'\Z', '\n[Rights]\nSystemCalls=keyring\n'), False),
    'services of the host': ('services of the host', record('^(UUID=.*)$', '\\1\nHostAccess=yes'), False),
    'a port of the host': ('port 22 of the host', record(r'\Z', '\n[Ports]\nPublish=22:80\n'), False),
    'the ids of the host': ('no user ids of its own', record(r'^\[IDs\]\nBase=.*\nCount=.*$', ''), False),
    'a bridge of the host': ("joins bridge 'br0'", record('^Network=.*$', 'Bridge=br0'), False),
    'a unit that no package here has': ("package 'nobodys'", both(record('^Units=.*$', 'Units=nobodys.service'), manifest(r'\Z', 'Unit=nobodys.service nobodys\n')), False),
    'a package that is not here': ("Package 'nobodys' is not installed", record(r'^\[Packages\]$', '[Packages]\nPackage=nobodys'), False),
    'a package that is newer': ('which is older than', manifest('^Package=([^ ]*) .*$', 'Package=\\1 99:1'), False),
    'packages of another kind': ('which this host does not use', record('^PackageManager=.*$', 'PackageManager=apk'), False),
}


def edit(good, out, path, pattern, by):
    make(good, lambda a: text(a, path, lambda t: re.sub(pattern, by, t, count=1, flags=re.M)), True, out, 'tree/etc/')


def make(good, change, right, out, below=None):
    with tarfile.open(good, errors='surrogateescape') as tar:
        archive = [(info, tar.extractfile(info).read() if info.type == FILE else b'')
                   for info in tar if info.name.count('/') <= 1 or below and info.name.startswith(below)]
    text(archive, 'end', lambda t: '%d\n' % (len(archive) - 1))
    change(archive)
    if right:
        text(archive, 'end', lambda t: '%d\n' % (len(archive) - 1))
    with tarfile.open(out, 'w', format=tarfile.PAX_FORMAT, errors='surrogateescape') as tar:
        for info, data in archive:
            tar.addfile(info, io.BytesIO(data) if info.isreg() else None)


if sys.argv[1] == 'cases':
    for key, value in CASES.items():
        print('%s|%s' % (key, value[0]))
elif sys.argv[1] == 'make':
    make(sys.argv[2], *CASES[sys.argv[3]][1:], sys.argv[4])
else:
    edit(*sys.argv[2:])
