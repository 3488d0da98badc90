#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Calls of the service for sandboxes as no program of ours makes them, for test-sandbox-users.sh. Runs as the user who calls, and
# prints what the service answers, or 'closed'.
import array
import fcntl
import os
import pwd
import socket
import sys

F_ADD_SEALS, SEALS = 1033, 15


def text(words, environment=(), number=None, seals=SEALS):
    fd = os.memfd_create('call', os.MFD_ALLOW_SEALING)
    strings = [str(len(words) if number is None else number), *words, *environment]
    os.write(fd, b''.join(s.encode() + b'\0' for s in strings))
    if seals:
        fcntl.fcntl(fd, F_ADD_SEALS, seals)
    return fd


def call(fds=None, message='call 1', **other):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect('/run/virt-sandbox.socket')
    if fds is None:
        fds = [text(other.pop('words', ['virt-sandbox', 'id', '-u']), **other), os.open('/', os.O_PATH), 0, 1, 2]
    s.sendmsg([message.encode() + b'\0'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else [])
    return s


def answer(s):
    try:
        return s.recv(4096).rstrip(b'\0').decode() or 'closed'
    except ConnectionResetError:
        return 'closed'


def streams(*fds, words=('virt-sandbox', 'cat')):
    return call([text(list(words)), os.open('/', os.O_PATH), *fds])


def path_only():
    return answer(streams(os.open('/etc/passwd', os.O_PATH), 1, 2))


def sockets():
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    s = streams(a.fileno(), a.fileno(), 2)
    a.close()
    b.sendall(b'through')
    b.shutdown(socket.SHUT_WR)
    got = b''
    while part := b.recv(100):
        got += part
    return got.decode() + ' ' + answer(s)


def cwd_of(path):
    return answer(call([text(['virt-sandbox', 'ls', '.']), os.open(path, os.O_PATH), 0, 1, 2]))


def passed(user, path, *words):
    """As this user, in a directory that somebody with more rights has opened."""
    fd, entry = os.open(path, os.O_PATH), pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    return answer(call([text(['virt-sandbox', *words]), fd, 0, 1, 2]))


def flood():
    s = call(words=['virt-sandbox', 'sleep', '1000'])
    for _ in range(100000):
        try:
            s.send(b'signal 28\0')
        except OSError:
            break
    try:
        s.send(b'signal 15\0')
    except OSError:
        pass
    return answer(s)


def stopped():
    s = call(words=['virt-sandbox', 'sleep', '1000'])
    s.send(b'signal 20\0')
    return answer(s)


def unread(*words):
    """Whoever reads its standard error is asleep, and the pipe is full."""
    _, errors = os.pipe()
    os.set_blocking(errors, False)
    try:
        while True:
            os.write(errors, b'x')
    except BlockingIOError:
        pass
    os.set_blocking(errors, True)
    return answer(streams(0, 1, errors, words=('virt-sandbox', *words)))


def calls():
    """More at a time than one user may have."""
    held = [call([]) if i % 2 else call(message='nonsense') for i in range(4)]
    idle = []
    for _ in range(300):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.connect('/run/virt-sandbox.socket')
        idle.append(s)
    answers = [answer(s) for s in idle[4:]]
    return str(sum('as many sandboxes' in a or a == 'closed' for a in answers)) + ' refused'


def many(n):
    left = int(n)
    status = set()
    while left:
        left -= 1
        status.add(answer(call(words=['virt-sandbox', '--no-such-option'])))
    return ' '.join(sorted(status))


attempts = {
    'nothing': lambda: answer(call([])),
    'no text': lambda: answer(call([os.open('/', os.O_PATH)] * 5)),
    'one descriptor too few': lambda: answer(call([text(['virt-sandbox', 'true']), os.open('/', os.O_PATH), 0, 1])),
    'one descriptor too many': lambda: answer(call([text(['virt-sandbox', 'true']), os.open('/', os.O_PATH), 0, 1, 2, 0])),
    'a text that can change': lambda: answer(call(seals=0)),
    'a text that is a pipe': lambda: answer(call([os.pipe()[0], os.open('/', os.O_PATH), 0, 1, 2])),
    'more words than there are': lambda: answer(call(number=9)),
    'no words': lambda: answer(call(words=[], number=0)),
    'a number of words that is none': lambda: answer(call(number='-1')),
    'another message': lambda: answer(call(message='call 2')),
    'a long message': lambda: answer(call(message='call 1' + 'x' * 100000)),
    'a directory that is a file': lambda: answer(call([text(['virt-sandbox', 'true']), os.open('/etc/passwd', os.O_PATH), 0, 1, 2])),
    'a stream that is only a path': path_only,
}


def forged_signal(s, message):
    s.send(message)
    return answer(s)


if __name__ == '__main__':
    what, rest = sys.argv[1], sys.argv[2:]
    if what == 'malformed':
        for name, attempt in attempts.items():
            print(f'{name}: {attempt()}')
    elif what == 'signal':
        print(forged_signal(call(words=['virt-sandbox', 'sleep', '1000']), rest[0].encode() + b'\0'))
    elif what == 'root':
        # The environment and the arguments say what they like; the kernel says who calls.
        print(answer(call(words=['virt-sandbox', *rest], environment=['UID=0', 'USER=root', 'LD_PRELOAD=/x', 'SUDO_UID=0'])))
    else:
        print({'cwd': cwd_of, 'passed': passed, 'sockets': sockets, 'flood': flood, 'stopped': stopped, 'unread': unread, 'calls': calls,
               'many': many}[what](*rest))
