/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a virtual machine boots: a kernel of the host, uncompressed, and an initial RAM disk of our own with the modules
 * with which it reaches the host. Both are made at the first use, and kept in GUEST_CACHE for the next. */
#pragma once

#include <stddef.h>

struct context;
struct strv;

#define GUEST_CACHE "/var/cache/virt-sandbox-service/guests"

/* What was asked for; each may be NULL. */
struct guest_kernel {
	const char *release; /* as uname -r prints it; NULL for that of the host */
	const char *image;   /* a file; NULL for that of the release */
	const char *modules; /* a directory that has modules.dep; NULL for that of the release */
};

struct guest_image {
	char *kernel, *initrd; /* files that every user can read */
};
void guest_image_done(struct guest_image *image);

/* Finds them, or makes them. 0, or -errno after a message. */
int guest_image_get(const struct context *context, const struct guest_kernel *asked, struct guest_image *ret);

/* Appends to 'ret' the paths of 'modules', with what they need, from the text of modules.dep, in the order in which
 * they have to be loaded. The text 'builtin' is that of modules.builtin: what it has, needs no module. Returns NULL,
 * or the first name that neither has. Pure. */
const char *guest_modules(const char *dep, const char *builtin, const char *const *names, struct strv *ret);

/* Decompresses the kernel in a Linux/x86 boot image (Documentation/arch/x86/boot.rst) into *ret, which the caller
 * frees. 0; -ENOEXEC if it is no such image, or its kernel cannot be entered by PVH; or another -errno of
 * decompress(). Pure. */
int guest_vmlinux(const unsigned char *image, size_t size, char **ret, size_t *ret_size);
