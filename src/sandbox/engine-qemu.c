/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sandboxes that are virtual machines, which libvirt starts with QEMU. The machine boots a kernel of the host, and sees
 * the sandbox's tree by 9p, read-only; whatever is written, is written to memory of its own.
 *
 * QEMU runs as a user of the host that is the sandbox's own, and owns nothing. It opens the tree by a descriptor of one
 * of our processes, in /proc, so the tree is never mounted on the host, nor does the host's libvirt need to know where
 * it is. What the machine's users may read is decided twice: by its own kernel, and by the host's, for QEMU. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/context.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/syscalls.h"
#include "base/text.h"
#include "container/apparmor.h"
#include "inside/guest-init.h"
#include "inside/wire.h"
#include "sandbox/caller.h"
#include "sandbox/client.h"
#include "sandbox/engine.h"
#include "sandbox/identity.h"
#include "sandbox/layout.h"
#include "sandbox/porter.h"
#include "selinux/selinux.h"
#include "virt/domain-xml.h"
#include "virt/libvirt-domain.h"

#define MEMORY_DEFAULT ((uint64_t)1024 * 1024 * 1024) /* bytes */
#define MEMORY_MIN ((uint64_t)128 * 1024 * 1024)
#define CPUS_MAX 64
#define QEMU_DIR "/var/lib/libvirt/qemu" /* libvirt's files for QEMU, which its group may read */
#define CPUINFO_MAX (16 * 1024 * 1024)	 /* bytes */
#define PANIC "Kernel panic - not syncing: "

/* The console shows nothing but a panic, after which the machine ends. Its kernel need not confine anybody. */
#define ARGUMENTS "console=ttyS0 loglevel=1 panic=-1 selinux=0 apparmor=0 audit=0 cryptomgr.notests random.trust_cpu=on"
/* An emulated processor has no errors to mitigate. How fast its counter goes is measured wrongly on a busy host. */
#define EMULATED ARGUMENTS " mitigations=off tsc=unstable"

/* The group that may enter the directory in which libvirt has files for QEMU; or 0, if only root has one. */
static gid_t libvirt_group(void)
{
	struct stat st;

	return stat(QEMU_DIR, &st) == 0 ? st.st_gid : 0;
}

/* The group with which QEMU runs. Never root's. */
static gid_t qemu_group(const struct sandbox *s)
{
	gid_t gid = libvirt_group();

	return gid ? gid : s->identity->record.uid_base;
}

/* Why the machine has to be emulated, or NULL. QEMU opens /dev/kvm as a user that is in no group but libvirt's. If the
 * processor cannot virtualise, a guest hangs on /dev/kvm even if the device exists. */
static const char *no_kvm(int root_fd)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, "/dev/kvm", O_RDWR, 0, WALK_ROOT);
	_cleanup_(freep) char *text = NULL;
	gid_t gid = libvirt_group();
	struct stat st;
	mode_t bits;

	if (fd < 0 || rootfd_read(root_fd, "/proc/cpuinfo", WALK_ROOT, CPUINFO_MAX, &text, NULL) < 0 ||
	    (!strstr(text, " vmx ") && !strstr(text, " svm ")))
		return "there is no KVM";
	if (fstat(fd, &st) < 0)
		return "the permissions of '/dev/kvm' cannot be read";
	bits = gid && st.st_gid == gid ? 0060 : 0006;
	return (st.st_mode & bits) == bits ? NULL : "users without rights, such as QEMU's, cannot open '/dev/kvm'";
}

static bool kvm; /* as prepare() found out */

/* What only a container can do, as yet. */
static int check_request(const struct request *request)
{
	if (request->write == TREE_KEEP || request->diff) {
		log_error("What is written in a virtual machine cannot be kept or shown; use a container for that.");
		return -EOPNOTSUPP;
	}
	if (request->includes.n || request->shown.n) {
		log_error(
			"A virtual machine has neither --include nor --show; use --mount=host-bind:TARGET=SOURCE:ro.");
		return -EOPNOTSUPP;
	}
	if (request->root) {
		log_error("A virtual machine has no --root; use a container for that.");
		return -EOPNOTSUPP;
	}
	if (request->spec.limits[LIMIT_TASKS]) {
		log_error("A virtual machine has no limit of tasks; use --memory, or a container.");
		return -EOPNOTSUPP;
	}
	if (request->spec.limits[LIMIT_DISK]) {
		log_error("A virtual machine has no --disk; what it writes is limited by --memory.");
		return -EOPNOTSUPP;
	}
	if (request->spec.process) {
		log_error("A virtual machine gets its SELinux context from the policy; --security is for containers.");
		return -EOPNOTSUPP;
	}
	if (request->spec.limits[LIMIT_MEMORY] && request->spec.limits[LIMIT_MEMORY] < MEMORY_MIN) {
		log_error("A virtual machine needs a --memory of 128M or more.");
		return -EINVAL;
	}
	for (size_t i = 0; i < request->mounts.n; i++)
		if (request->mounts.v[i].source && !request->mounts.v[i].readonly) {
			log_error("A virtual machine cannot write to the host; write --mount=host-bind:%s=%s:ro.",
				  request->mounts.v[i].target, request->mounts.v[i].source);
			return -EOPNOTSUPP;
		}
	return 0;
}

/* Sets *path to what the caller means by it: a relative path is below the caller's directory. */
static int resolve(const struct caller *caller, const char **path, char **ret)
{
	_cleanup_(freep) char *whole = NULL;

	if (!*path || **path == '/')
		return 0;
	whole = xasprintf("%s/%s", caller->cwd ? caller->cwd : "..", *path);
	*ret = path_normalise(whole);
	if (!*ret)
		return log_error_errno(-EINVAL, "'%s' cannot be taken; give a path without '..'.", *path);
	*path = *ret;
	return 0;
}

static int get_image(const struct context *context, struct sandbox *s)
{
	_cleanup_(freep) char *image = NULL, *modules = NULL;
	struct guest_kernel kernel = s->request->kernel;
	int r = resolve(s->request->caller, &kernel.image, &image);

	if (r == 0)
		r = resolve(s->request->caller, &kernel.modules, &modules);
	return r < 0 ? r : guest_image_get(context, &kernel, &s->image);
}

static int prepare(const struct context *context, struct sandbox *s)
{
	const char *emulated;
	int r = check_request(s->request);

	if (r == 0 && selinux_enforcing()) {
		log_error("Virtual machines are not supported yet where SELinux is enforcing; use a container.");
		return -EOPNOTSUPP;
	}
	if (r < 0)
		return r;
	emulated = no_kvm(context->root_fd);
	kvm = !emulated;
	if (kvm)
		log_info("The processor virtualises the machine (KVM).");
	else
		log_info("The machine is emulated: %s.", emulated);
	return get_image(context, s);
}

static int label(struct sandbox *s)
{
	struct record *record = &s->identity->record;
	char *process, *file;
	int r = selinux_guest_contexts(record->level, !kvm, &process, &file);

	if (r == -ENODATA)
		return 0;
	if (r < 0)
		return log_error_errno(r, "The SELinux policy of this host has no context for virtual machines: %m");
	free(record->process_context);
	free(record->file_context);
	record->process_context = process;
	record->file_context = file;
	return 0;
}

static char *xml_with(const struct sandbox *s, const char *tree)
{
	const struct record *record = &s->identity->record;
	uint64_t cpus = (record->limits[LIMIT_CPUS] + 999) / 1000;
	const struct domain_guest guest = {
		.kernel = s->image.kernel,
		.initrd = s->image.initrd,
		.arguments = kvm ? ARGUMENTS : EMULATED,
		.tree = tree,
		.tag = GUEST_TAG,
		.channel = WIRE_NAME,
		.uid = record->uid_base,
		.gid = qemu_group(s),
		.memory = record->limits[LIMIT_MEMORY] ? record->limits[LIMIT_MEMORY] : MEMORY_DEFAULT,
		.cpus = cpus == 0	  ? 1
			: cpus > CPUS_MAX ? CPUS_MAX
					  : (unsigned int)cpus,
		.kvm = kvm,
		.no_apparmor = apparmor_on(),
	};

	return domain_xml_guest(record, &guest);
}

static char *xml(const struct sandbox *s)
{
	return xml_with(s, "/"); /* where the tree will be, nobody knows yet */
}

/* What guest-init puts into the root. */
static void add_places(const struct sandbox *s, struct strv *ret)
{
	const struct mounts *mounts = &s->request->mounts;

	if (s->terminal)
		strv_add(ret, GUEST_TERMINAL);
	if (s->request->write)
		strv_add(ret, GUEST_WRITE);
	for (size_t i = 0; i < s->layout->n; i++)
		if (s->layout->v[i].kind == PLACE_OWN)
			strv_addf(ret, GUEST_OWN " %o %s", s->layout->v[i].mode, s->layout->v[i].path);
	if (s->has_home)
		strv_addf(ret, GUEST_HOME " %u %u %s", s->user->uid, s->user->gid, s->user->home);
	if (s->shows_cwd)
		strv_addf(ret, GUEST_COPY " %s", s->request->caller->cwd);
	for (size_t i = 0; i < mounts->n; i++)
		if (mounts->v[i].source)
			strv_addf(ret, GUEST_BIND " %s", mounts->v[i].target);
		else
			strv_addf(ret, GUEST_RAM " %" PRIu64 " %s", mounts->v[i].size, mounts->v[i].target);
}

struct holder {
	pid_t pid;
	int alive;  /* it ends when this is closed */
	char *path; /* of the tree, for QEMU */
};

static void holder_done(struct holder *h)
{
	closep(&h->alive);
	if (h->pid > 0)
		while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
			;
	free(h->path);
	*h = (struct holder){ .alive = -1 };
}

/* Descriptors of the process that holds the tree. */
enum { HOLD_ALIVE = STDIN_FILENO, HOLD_TREE = STDERR_FILENO + 1, HOLD_FAILED, HOLD_FDS };

/* Places them, and closes all others. The working directory, too, becomes the tree, as QEMU can get there through
 * /proc. */
static int place_fds(int alive, int tree, int failed)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const int from[HOLD_FDS] = { alive, null, null, tree, failed };
	int high[HOLD_FDS];

	for (int i = 0; i < HOLD_FDS; i++) {
		high[i] = fcntl(from[i], F_DUPFD, HOLD_FDS);
		if (high[i] < 0)
			return -errno;
	}
	for (int i = 0; i < HOLD_FDS; i++)
		if (dup3(high[i], i, i == HOLD_FAILED ? O_CLOEXEC : 0) < 0)
			return -errno;
	return fchdir(HOLD_TREE) < 0 ? -errno : sys_close_range(HOLD_FDS, ~0U, 0);
}

/* Runs in the child. QEMU may follow the links in /proc of a process with its own user, group and label; and what else
 * such a process has, it may take. So this one has nothing but the tree, and becomes a program that waits. */
static int hold(const struct sandbox *s)
{
	char *argv[] = { PROGRAMSDIR "/guest-init", GUEST_HOLD, NULL }, *env[] = { NULL };
	gid_t gid = qemu_group(s);
	uid_t uid = s->identity->record.uid_base;
	int r;

	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	r = selinux_become(s->identity->record.process_context);
	if (r == 0)
		execve(argv[0], argv, env);
	return r < 0 ? r : -errno;
}

/* The child that becomes it. It says nothing but why it fails. */
static void start_holding(const struct sandbox *s, int tree, int alive, int failed)
{
	int r = place_fds(alive, tree, failed);

	if (r == 0) {
		r = hold(s);
		failed = HOLD_FAILED;
	}
	(void)write_all(failed, &r, sizeof(r));
	_exit(1);
}

static int holder_start(const struct sandbox *s, int tree, struct holder *ret)
{
	int alive[2], failed[2], r = 0;
	ssize_t n;

	if (pipe2(alive, O_CLOEXEC) < 0)
		return -errno;
	ret->alive = alive[1];
	if (pipe2(failed, O_CLOEXEC) < 0)
		r = -errno;
	if (r == 0) {
		ret->pid = fork();
		if (ret->pid == 0)
			start_holding(s, tree, alive[0], failed[1]);
		close(failed[1]);
		while ((n = read(failed[0], &r, sizeof(r))) < 0 && errno == EINTR)
			;
		close(failed[0]);
		r = ret->pid < 0 ? -EAGAIN : n > 0 ? r : 0;
	}
	close(alive[0]);
	if (r == 0)
		ret->path = xasprintf("/proc/%d/fd/%d", ret->pid, HOLD_TREE);
	return r;
}

/* The machine ended: says why, if its console does. Whatever is there may be hostile; log_error() escapes it. */
static void explain(const char *console)
{
	static const struct {
		const char *before, *sentence;
	} last_words[] = {
		{ PANIC, "The kernel of the virtual machine has panicked" },
		{ GUEST_SAYS, "The virtual machine failed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(last_words); i++) {
		const char *at = strstr(console, last_words[i].before);

		if (at) {
			at += strlen(last_words[i].before);
			log_error("%s: %.*s.", last_words[i].sentence, (int)strcspn(at, "\r\n"), at);
			return;
		}
	}
}

static int serve(struct _virConnect *conn, const struct sandbox *s, struct porter *porter, int alive)
{
	_cleanup_(holder_done) struct holder holder = { .alive = -1 };
	_cleanup_(libvirt_guest_done) struct libvirt_guest guest = { -1, -1 };
	_cleanup_(strv_done) struct strv places = { 0 };
	_cleanup_(freep) char *text = NULL, *console = NULL;
	const struct record *record = &s->identity->record;
	int r = holder_start(s, porter->tree, &holder);

	if (r < 0)
		return log_error_errno(r, "Cannot start the process that shows the virtual machine its files: %m");
	add_places(s, &places);
	text = xml_with(s, holder.path);
	r = libvirt_guest_run(conn, record->name, text, &guest);
	if (r == 0) {
		r = porter_send(porter, guest.channel, &places);
		if (r < 0)
			log_error_errno(r, "Cannot tell the virtual machine what to run: %m");
	}
	if (r == 0) {
		console = porter_carry(porter, guest.channel, guest.console, alive);
		explain(console);
	}
	return r;
}

static int run(struct _virConnect *conn, const struct sandbox *s, int socket, int alive)
{
	struct porter porter;
	int r;

	close(s->ready); /* it has no networks */
	r = porter_begin(socket, s->terminal, &porter);
	if (r == 0)
		r = serve(conn, s, &porter, alive);
	porter_done(&porter);
	return r;
}

const struct engine engine_qemu = {
	.uri = "qemu:///system",
	.machine = true,
	.prepare = prepare,
	.label = label,
	.xml = xml,
	.run = run,
	.destroy = libvirt_guest_destroy,
};
