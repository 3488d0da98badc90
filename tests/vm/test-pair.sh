#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two containers whose root is root of the host: what a process with the level of one may do to what belongs to the other, if
# nothing else is between them. It is put into the other's namespaces, as root of the host with all capabilities, and has the
# other's type; so what is refused here is refused by the level alone. With the other's own level each attempt works. The
# machine's administrator may use the type for this; see image.
. "$(dirname "$0")/lib.sh"

# as NAME SCRIPT: runs in the namespaces of 'two', with the level of NAME. It must not write to the administrator's streams, so
# only the status tells the result.
as() {
	# shellcheck disable=SC2016 # the shell in there expands it
	nsenter -t "$(leader two)" -m -u -i -n -p sh -c 'printf %s "$1" >/proc/self/attr/exec && exec sh -c "$2"' \
		sh "system_u:system_r:$process_type:$(field "$1" level)" "$2" >/dev/null 2>&1 </dev/null
}

need 'setup makes the host ready' "$program" setup
for name in one two; do
	need "create $name succeeds" create $name --private-users=no
	need "start $name succeeds" start $name
done
need 'what one is to be kept from can be made in two' inside two "cd /run && echo secret >/dev/shm/pair && mkfifo pair.fifo && echo secret >/$docroot/secret
	listen() { systemd-run --quiet --unit=\"pair-\$1\" socat -u \"\$2\" /dev/null; }
	listen stream UNIX-LISTEN:/run/pair.stream,fork; listen abstract ABSTRACT-LISTEN:pair,fork
	listen packets UNIX-RECV:/run/pair.packets; systemd-run --quiet --unit=pair-idle sleep infinity
	timeout 600 sh -c 'until test -e pair.stream -a -e pair.packets; do sleep 0.1; done'
	ipcmk -M 4096 -p 600 && ipcmk -Q -p 600 && ipcmk -S 1 -p 600 && systemctl is-active pair-stream pair-abstract pair-packets"
pid=$(inside two 'systemctl show --property MainPID --value pair-idle')
of_ipc() { inside two "tail -n 1 /proc/sysvipc/$1" | awk '{ print $2 }'; }
shm=$(of_ipc shm) msg=$(of_ipc msg) sem=$(of_ipc sem)

# refused WHAT NAME SCRIPT
refused() {
	! as "$2" "$3"
	report $? "$1"
}

# attempt WHAT SCRIPT
attempt() {
	ok "$1: a process with the level of two can" as two "$2"
	refused "$1: a process with the level of one is refused" one "$2"
}
attempt 'read a file' "cat /$docroot/secret"
attempt 'write a file' "echo x >>/$docroot/secret"
attempt 'make a file' "touch /$docroot/made && rm /$docroot/made"
attempt 'change the mode of a file' "chmod 600 /$docroot/secret"
attempt 'list a folder' 'ls /etc'
attempt 'read shared memory by its file' 'cat /dev/shm/pair'
attempt 'read shared memory' "perl -e 'exit !shmread($shm, \$x, 0, 1)'"
attempt 'use a semaphore' "perl -e 'exit !semop($sem, pack(\"s3\", 0, 1, 0))'"
attempt 'send a message' "perl -e 'exit !msgsnd($msg, pack(\"l! a*\", 1, \"x\"), 0)'"
attempt 'open a fifo' ': <>/run/pair.fifo'
attempt 'connect to a socket' 'socat -u /dev/null UNIX-CONNECT:/run/pair.stream'
attempt 'connect to an abstract socket' 'socat -u /dev/null ABSTRACT-CONNECT:pair'
attempt 'send a packet' 'echo x | socat -u - UNIX-SENDTO:/run/pair.packets'
attempt 'connect to its systemd' 'socat -u /dev/null UNIX-CONNECT:/run/systemd/private'
attempt 'connect to its bus' 'socat -u /dev/null UNIX-CONNECT:/run/dbus/system_bus_socket'
attempt 'write to its journal' 'echo x | socat -u - UNIX-SENDTO:/run/systemd/journal/dev-log'
attempt 'signal a process' "kill -URG $pid"
attempt 'stop a process' "kill -STOP $pid && kill -CONT $pid"
attempt 'read the environment of a process' "cat /proc/$pid/environ"
attempt 'read the memory map of a process' "cat /proc/$pid/maps"
attempt 'reach the files of a process' "ls /proc/$pid/root/"
attempt 'take the descriptors of a process' "ls -l /proc/$pid/fd/"
attempt 'limit a process' "prlimit --pid $pid --nofile=900"
attempt 'slow a process down' "renice -n 3 -p $pid"
refused 'trace a process: even one with the level of two is refused' two "exec 3<>/proc/$pid/mem"
attempt 'kill a process' "kill -KILL $pid"
done_testing
