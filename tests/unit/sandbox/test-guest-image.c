/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a virtual machine boots: the order of modules, and kernels that are none. */
#include "lib/tap.h"

#include <elf.h>
#include <errno.h>

#include "base/strv.h"
#include "sandbox/decompress.h"
#include "sandbox/guest-image.h"

static const char dep[] =
	"kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz\n"
	"kernel/net/9p/9pnet.ko.xz:\n"
	"kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/drivers/virtio/virtio.ko.xz\n"
	"kernel/fs/netfs/netfs.ko.xz:\n"
	"kernel/drivers/char/hw_random/virtio-rng.ko.zst: kernel/drivers/virtio/virtio.ko.xz\n"
	"kernel/drivers/virtio/virtio.ko.xz:\n";
static const char builtin[] = "kernel/drivers/virtio/virtio_pci.ko\nkernel/fs/overlayfs/overlay.ko\n";

static const char *order(const char *const *names, char **ret)
{
	_cleanup_(strv_done) struct strv modules = { 0 };
	const char *missing = guest_modules(dep, builtin, names, &modules);

	*ret = strv_join(&modules, " ");
	return missing;
}

TEST(what_a_module_needs_comes_first)
{
	static const char *const names[] = { "9p", "9pnet_virtio", NULL };
	_cleanup_(freep) char *modules = NULL;

	CHECK(!order(names, &modules));
	CHECK_STR(modules, "kernel/fs/netfs/netfs.ko.xz kernel/net/9p/9pnet.ko.xz kernel/fs/9p/9p.ko.xz "
			   "kernel/drivers/virtio/virtio.ko.xz kernel/net/9p/9pnet_virtio.ko.xz");
}

TEST(what_is_built_in_needs_no_module)
{
	static const char *const names[] = { "virtio_pci", "overlay", NULL };
	_cleanup_(freep) char *modules = NULL;

	CHECK(!order(names, &modules));
	CHECK_STR(modules, "");
}

TEST(a_dash_is_as_good_as_an_underscore)
{
	static const char *const names[] = { "virtio_rng", NULL };
	_cleanup_(freep) char *modules = NULL;

	CHECK(!order(names, &modules));
	CHECK_STR(modules, "kernel/drivers/virtio/virtio.ko.xz kernel/drivers/char/hw_random/virtio-rng.ko.zst");
}

TEST(what_is_missing_is_named)
{
	static const char *const names[] = { "9p", "9pnet", "p", "9", NULL };
	_cleanup_(freep) char *modules = NULL;

	CHECK_STR(order(names, &modules), "p");
}

TEST(what_is_no_boot_image)
{
	unsigned char image[8192] = { 0 };
	char *kernel = NULL;
	size_t size;

	CHECK_INT(guest_vmlinux(image, sizeof(image), &kernel, &size), -ENOEXEC);
	memcpy(image + 0x202, "HdrS", 4);
	CHECK_INT(guest_vmlinux(image, sizeof(image), &kernel, &size), -ENOEXEC); /* too old a protocol */
	image[0x207] = 2;
	image[0x206] = 15;
	memset(image + 0x24c, 0xff, 4);
	CHECK_INT(guest_vmlinux(image, sizeof(image), &kernel, &size), -ENOEXEC); /* beyond its end */
	CHECK_INT(guest_vmlinux(image, 0x200, &kernel, &size), -ENOEXEC);
	memset(image + 0x24c, 0, 4);
	image[0x24d] = 1;
	memcpy(image + 5 * 512, ELFMAG, SELFMAG);
	image[5 * 512 + EI_CLASS] = ELFCLASS64;
	CHECK_INT(guest_vmlinux(image, sizeof(image), &kernel, &size), -ENOEXEC); /* its kernel has no entry */
	CHECK(!kernel);
}

TEST(data_that_are_not_compressed_stay_as_they_are)
{
	_cleanup_(freep) char *data = NULL;
	size_t size = 0;

	CHECK_INT(decompress("\177ELF and more", 13, 100, &data, &size), 0);
	CHECK_INT(size, 13);
	CHECK(data && memcmp(data, "\177ELF and more", 13) == 0);
}

TEST(data_that_are_compressed)
{
	/* printf hello | gzip -n */
	static const unsigned char gz[] = { 0x1f, 0x8b, 8, 0, 0,    0,	  0,	0,    0, 3, 0xcb, 0x48, 0xcd,
					    0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0,	  0 };
	_cleanup_(freep) char *data = NULL;
	size_t size = 0;

	CHECK_INT(decompress(gz, sizeof(gz), 100, &data, &size), 0);
	CHECK_STR(data, "hello");
	CHECK_INT(size, 5);
	CHECK_INT(decompress(gz, sizeof(gz) - 9, 100, &data, &size), -EBADMSG);
}

TEST_MAIN
