/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An entry of the cache is a directory whose name has everything that it was made from, by size and time. It is made
 * beside its place and then renamed. What nobody has used for a month is removed when another one is made. */
#include "sandbox/guest-image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/context.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/strv.h"
#include "inside/guest-init.h"
#include "sandbox/decompress.h"

#define KERNEL_MAX ((size_t)512 * 1024 * 1024) /* bytes */
#define MODULE_MAX ((size_t)64 * 1024 * 1024)
#define LIST_MAX ((size_t)16 * 1024 * 1024)
#define UNUSED_SECONDS (30 * 86400)
#define KERNEL_FILE "vmlinux"
#define INITRD_FILE "initrd"
#define NEW_PREFIX ".new-"

/* Where distributions have the image of a release. */
static const char *const images[] = { "/boot/vmlinuz-%s", "/usr/lib/modules/%s/vmlinuz", "/boot/vmlinux-%s" };

/* With these, a machine reaches its host and shows the host's files; the last one is for what is written. */
static const char *const needed[] = { "virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay", NULL };

void guest_image_done(struct guest_image *image)
{
	free(image->kernel);
	free(image->initrd);
	*image = (struct guest_image){ 0 };
}

/* --- the kernel ------------------------------------------------------------------------------------------ */

static uint32_t le32_at(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Whether the notes have the one with which QEMU finds the entry: XEN_ELFNOTE_PHYS32_ENTRY of 'Xen'. */
static bool has_entry(const char *notes, size_t size)
{
	Elf64_Nhdr n;

	for (size_t at = 0, step; size - at >= sizeof(n) + 4; at += step) {
		memcpy(&n, notes + at, sizeof(n));
		if (n.n_type == 18 && n.n_namesz == 4 && memcmp(notes + at + sizeof(n), "Xen", 4) == 0)
			return true;
		step = sizeof(n) + (((size_t)n.n_namesz + 3) & ~(size_t)3) + (((size_t)n.n_descsz + 3) & ~(size_t)3);
		if (step > size - at)
			break;
	}
	return false;
}

/* Whether QEMU can enter it by PVH. */
static bool is_pvh(const char *kernel, size_t size)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;

	if (size < sizeof(e))
		return false;
	memcpy(&e, kernel, sizeof(e));
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 || e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_machine != EM_X86_64)
		return false;
	for (size_t i = 0; i < e.e_phnum; i++) {
		if (e.e_phoff > size || size - e.e_phoff < (i + 1) * sizeof(p))
			return false;
		memcpy(&p, kernel + e.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_NOTE && p.p_offset <= size && p.p_filesz <= size - p.p_offset &&
		    has_entry(kernel + p.p_offset, p.p_filesz))
			return true;
	}
	return false;
}

static bool is_boot_image(const char *image, size_t size)
{
	return size >= 0x260 && memcmp(image + 0x202, "HdrS", 4) == 0;
}

int guest_vmlinux(const unsigned char *image, size_t size, char **ret, size_t *ret_size)
{
	_cleanup_(freep) char *kernel = NULL;
	size_t at, length, n;
	int r;

	if (!is_boot_image((const char *)image, size) || (image[0x206] | image[0x207] << 8) < 0x208)
		return -ENOEXEC;
	at = ((size_t)(image[0x1f1] ? image[0x1f1] : 4) + 1) * 512 + le32_at(image + 0x248);
	length = le32_at(image + 0x24c);
	if (at > size || length > size - at)
		return -ENOEXEC;
	r = decompress(image + at, length, KERNEL_MAX, &kernel, &n);
	if (r == -EBADMSG && length > 4) /* all formats but gzip have the size behind the data */
		r = decompress(image + at, length - 4, KERNEL_MAX, &kernel, &n);
	if (r == 0 && !is_pvh(kernel, n))
		r = -ENOEXEC;
	if (r < 0)
		return r;
	*ret = steal_ptr(kernel);
	*ret_size = n;
	return 0;
}

/* --- the initial RAM disk -------------------------------------------------------------------------------- */

/* Compares 'name', in which '_' stands for '-' as well, with the file name of a module. */
static bool is_module(const char *path, size_t length, const char *name)
{
	const char *base = memrchr(path, '/', length);
	size_t n = strlen(name);

	base = base ? base + 1 : path;
	if ((size_t)(path + length - base) < n + 3 || memcmp(base + n, ".ko", 3) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (base[i] != name[i] && (base[i] != '-' || name[i] != '_'))
			return false;
	return true;
}

static bool has_module(const char *list, const char *name)
{
	for (const char *line = list; *line;) {
		size_t n = strcspn(line, "\n");

		if (is_module(line, n, name))
			return true;
		line += n + (line[n] == '\n');
	}
	return false;
}

/* Of a line, the last word is needed first. */
static bool add_modules(const char *dep, const char *name, struct strv *ret)
{
	for (const char *line = dep; *line;) {
		size_t n = strcspn(line, "\n"), path = strcspn(line, ":\n");

		if (is_module(line, path, name)) {
			_cleanup_(freep) char *text = xstrndup(line, n);
			_cleanup_(strv_done) struct strv words = { 0 };

			strv_split(&words, text, ": ");
			for (size_t i = words.n; i-- > 0;)
				strv_add_once(ret, words.v[i]);
			return true;
		}
		line += n + (line[n] == '\n');
	}
	return false;
}

const char *guest_modules(const char *dep, const char *builtin, const char *const *names, struct strv *ret)
{
	for (; *names; names++)
		if (!add_modules(dep, *names, ret) && !has_module(builtin, *names))
			return *names;
	return NULL;
}

/* A member of a cpio archive in the format "newc" (Documentation/driver-api/early-userspace/buffer-format.rst). */
static void add_member(struct buf *cpio, const char *name, mode_t mode, const char *data, size_t size)
{
	static unsigned int inode;

	name += *name == '/';
	buf_addf(cpio, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", ++inode, (unsigned int)mode, 0,
		 0, 1, 0, size, 0, 0, 0, 0, strlen(name) + 1, 0);
	buf_add(cpio, name, strlen(name) + 1);
	buf_add(cpio, "\0\0\0", -cpio->len & 3);
	if (size)
		buf_add(cpio, data, size);
	buf_add(cpio, "\0\0\0", -cpio->len & 3);
}

struct sources {
	int root_fd;
	char *release, *image, *modules;
	char *key;
};

static void sources_done(struct sources *s)
{
	free(s->release);
	free(s->image);
	free(s->modules);
	free(s->key);
}

static const struct {
	const char *path, *member;
} programs[] = {
	{ PROGRAMSDIR "/guest-init", GUEST_INIT },
	{ PROGRAMSDIR "/sandbox-init", GUEST_SANDBOX_INIT },
};

static int add_programs(const struct sources *s, struct buf *cpio)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		_cleanup_(freep) char *text = NULL;
		size_t size;
		int r = rootfd_read(s->root_fd, programs[i].path, WALK_ROOT, MODULE_MAX, &text, &size);

		if (r < 0)
			return log_error_errno(r, "Cannot read '%s': %m", programs[i].path);
		add_member(cpio, programs[i].member, S_IFREG | 0755, text, size);
	}
	return 0;
}

static int add_module(const struct sources *s, const char *module, struct buf *cpio, struct buf *list)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", s->modules, module), *packed = NULL, *text = NULL,
			      *member = NULL;
	const char *name = strrchr(path, '/') + 1, *suffix = strstr(name, ".ko");
	size_t packed_size, size;
	int r = suffix ? rootfd_read(s->root_fd, path, WALK_ROOT, MODULE_MAX, &packed, &packed_size) : -EBADMSG;

	if (r == 0)
		r = decompress(packed, packed_size, MODULE_MAX, &text, &size);
	if (r < 0)
		return log_error_errno(r, "Cannot read module '%s': %m", path);
	member = xasprintf(GUEST_MODULES "/%.*s", (int)(suffix + 3 - name), name);
	add_member(cpio, member, S_IFREG | 0644, text, size);
	buf_addf(list, "%s\n", strrchr(member, '/') + 1);
	return 0;
}

static int find_modules(const struct sources *s, struct strv *ret)
{
	_cleanup_(freep) char *dep_path = xasprintf("%s/modules.dep", s->modules), *dep = NULL;
	_cleanup_(freep) char *builtin_path = xasprintf("%s/modules.builtin", s->modules), *builtin = NULL;
	const char *missing;
	int r = rootfd_read(s->root_fd, dep_path, WALK_ROOT, LIST_MAX, &dep, NULL);

	if (r < 0)
		return log_error_errno(r, "Cannot read '%s': %m; name the modules of kernel '%s' with --modules.",
				       dep_path, s->release);
	if (rootfd_read(s->root_fd, builtin_path, WALK_ROOT, LIST_MAX, &builtin, NULL) < 0)
		builtin = xstrdup("");
	missing = guest_modules(dep, builtin, needed, ret);
	if (!missing)
		return 0;
	log_error("Kernel '%s' has no '%s', which a virtual machine needs to see the host's files; choose another "
		  "kernel with "
		  "--kernel.",
		  s->release, missing);
	return -ENOPKG;
}

static int make_initrd(const struct sources *s, struct buf *cpio)
{
	_cleanup_(strv_done) struct strv modules = { 0 };
	_cleanup_(buf_done) struct buf list = { 0 };
	int r = find_modules(s, &modules);

	if (r == 0)
		r = add_programs(s, cpio);
	if (r == 0)
		add_member(cpio, GUEST_MODULES, S_IFDIR | 0755, NULL, 0);
	for (size_t i = 0; r == 0 && i < modules.n; i++)
		r = add_module(s, modules.v[i], cpio, &list);
	if (r < 0)
		return r;
	add_member(cpio, GUEST_LIST, S_IFREG | 0644, list.text, list.len);
	add_member(cpio, "TRAILER!!!", 0, NULL, 0);
	return 0;
}

/* --- the cache ------------------------------------------------------------------------------------------- */

static int write_file(int dir, const char *name, const void *data, size_t size)
{
	_cleanup_(closep) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : write_all(fd, data, size);

	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0)) /* an entry that is there is never made again */
		r = -errno;
	return r < 0 ? log_error_errno(r, "Cannot write '%s' into '" GUEST_CACHE "': %m", name) : 0;
}

/* Everybody can read the copy, so what is no kernel is not copied by mistake. */
static bool is_kernel(const char *image, size_t size)
{
	return (size > SELFMAG && memcmp(image, ELFMAG, SELFMAG) == 0) || is_boot_image(image, size);
}

static int write_kernel(const struct sources *s, int dir)
{
	_cleanup_(freep) char *image = NULL, *kernel = NULL;
	size_t size, kernel_size;
	int r = rootfd_read(s->root_fd, s->image, WALK_ROOT, KERNEL_MAX, &image, &size);

	if (r < 0)
		return log_error_errno(r, "Cannot read kernel '%s': %m", s->image);
	if (!is_kernel(image, size)) {
		log_error("'%s' is no kernel: it is neither a boot image of Linux nor an ELF file.", s->image);
		return -ENOEXEC;
	}
	r = guest_vmlinux((const unsigned char *)image, size, &kernel, &kernel_size);
	if (r < 0)
		log_info("Kernel '%s' is booted as it is: %s.", s->image, strerror(-r));
	return r < 0 ? write_file(dir, KERNEL_FILE, image, size) : write_file(dir, KERNEL_FILE, kernel, kernel_size);
}

static void clean(int cache)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	time_t now = time(NULL);
	struct stat st;

	(void)rootfd_list(cache, ".", WALK_TREE, &names);
	for (size_t i = 0; i < names.n; i++)
		if (fstatat(cache, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && now - st.st_mtime > UNUSED_SECONDS)
			(void)rm_rf(cache, names.v[i]);
}

static int fill(const struct sources *s, int cache, const char *name)
{
	_cleanup_(buf_done) struct buf cpio = { 0 };
	_cleanup_(closep) int dir = -1;
	int r = make_initrd(s, &cpio);

	if (r < 0)
		return r;
	if (mkdirat(cache, name, 0755) < 0)
		return log_error_errno(errno, "Cannot make a directory in '" GUEST_CACHE "': %m");
	dir = openat(cache, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = dir < 0 ? log_error_errno(errno, "Cannot open a directory in '" GUEST_CACHE "': %m") : write_kernel(s, dir);
	if (r == 0)
		r = write_file(dir, INITRD_FILE, cpio.text, cpio.len);
	if (r == 0 && (fchmod(dir, 0755) < 0 || fsync(dir) < 0 || renameat(cache, name, cache, s->key) < 0) &&
	    errno != EEXIST && errno != ENOTEMPTY)
		r = log_error_errno(errno, "Cannot rename a directory in '" GUEST_CACHE "': %m");
	return r;
}

static int make(const struct sources *s, int cache)
{
	_cleanup_(freep) char *name = xasprintf(NEW_PREFIX "%d", getpid());
	int r;

	log_info("Making what a virtual machine with kernel '%s' boots; this is kept for the next.", s->release);
	clean(cache);
	(void)rm_rf(cache, name); /* of a killed process of that number */
	r = fill(s, cache, name);
	(void)rm_rf(cache, name); /* if it was not renamed, as another process was faster */
	return r;
}

/* --- what was asked for ---------------------------------------------------------------------------------- */

static int find_image(struct sources *s, const char *asked)
{
	struct stat st;

	if (asked) {
		int r = rootfd_lstat(s->root_fd, asked, WALK_ROOT, &st);

		s->image = xstrdup(asked);
		return r < 0 ? log_error_errno(r, "Cannot read kernel '%s': %m", asked) : 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		const char *suffix = strstr(images[i], "%s") + 2;
		_cleanup_(freep) char *path =
			xasprintf("%.*s%s%s", (int)(suffix - 2 - images[i]), images[i], s->release, suffix);

		if (rootfd_lstat(s->root_fd, path, WALK_ROOT, &st) == 0) {
			s->image = steal_ptr(path);
			return 0;
		}
	}
	log_error("This host has no image of kernel '%s' in '/boot' or '/usr/lib/modules', and a virtual machine needs "
		  "one; "
		  "name an installed kernel with --kernel, or a file with --kernel-path.",
		  s->release);
	return -ENOENT;
}

/* Adds a file to the key. A file that is missing is found out later. */
static void add_key(const struct sources *s, const char *path, struct buf *key)
{
	_cleanup_(closep) int fd = rootfd_openat(s->root_fd, path, O_PATH, 0, WALK_ROOT);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		buf_addf(key, "-%llx.%llx.%lx", (unsigned long long)st.st_size, (unsigned long long)st.st_mtim.tv_sec,
			 st.st_mtim.tv_nsec);
}

static int find_sources(const struct guest_kernel *asked, struct sources *s)
{
	_cleanup_(freep) char *dep = NULL;
	_cleanup_(buf_done) struct buf key = { 0 };
	struct utsname name;
	int r;

	uname(&name); /* cannot fail with a valid pointer */
	s->release = xstrdup(asked->release ? asked->release : name.release);
	s->modules = asked->modules ? xstrdup(asked->modules) : xasprintf("/usr/lib/modules/%s", s->release);
	if (strchr(s->release, '/')) {
		log_error("'%s' is not a release of a kernel, such as '%s'.", s->release, name.release);
		return -EINVAL;
	}
	r = find_image(s, asked->image);
	if (r < 0)
		return r;
	buf_addf(&key, "%s", s->release);
	dep = xasprintf("%s/modules.dep", s->modules);
	add_key(s, s->image, &key);
	add_key(s, dep, &key);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		add_key(s, programs[i].path, &key);
	s->key = buf_steal(&key);
	return 0;
}

int guest_image_get(const struct context *context, const struct guest_kernel *asked, struct guest_image *ret)
{
	_cleanup_(sources_done) struct sources s = { .root_fd = context->root_fd };
	_cleanup_(closep) int cache = -1;
	int r = find_sources(asked, &s);

	if (r < 0)
		return r;
	r = rootfd_mkdir_p(s.root_fd, GUEST_CACHE);
	if (r == 0)
		cache = r = rootfd_openat(s.root_fd, GUEST_CACHE, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	if (r < 0)
		return log_error_errno(r, "Cannot open directory '" GUEST_CACHE "': %m");
	if (utimensat(cache, s.key, NULL, AT_SYMLINK_NOFOLLOW) < 0)
		r = make(&s, cache);
	if (r < 0)
		return r;
	ret->kernel = xasprintf(GUEST_CACHE "/%s/" KERNEL_FILE, s.key);
	ret->initrd = xasprintf(GUEST_CACHE "/%s/" INITRD_FILE, s.key);
	return 0;
}
