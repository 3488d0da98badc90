/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record of a container, /etc/libvirt-sandbox/services/NAME.sandbox: the truth about it. The libvirt domain is made
 * from it at each start. Text in the form of unit files; an unknown key is refused, and so is a newer format. */
#pragma once

#include "base/strv.h"
#include "container/limit.h"

#define RECORD_FORMAT 1

/* What there can be of it; nobody needs as many. */
#define RECORD_NAME_MAX 63 /* bytes */
#define RECORD_UNITS_MAX 256
#define RECORD_NETS_MAX 16

enum record_state { RECORD_CREATING, RECORD_READY };

/* One network interface, of one of the three kinds. Strings are "" where not set. */
struct record_net {
	char *network;	    /* libvirt network */
	char *bridge;	    /* of the host */
	char *device;	    /* of the host, for a macvlan */
	char *mac;	    /* 'xx:xx:xx:xx:xx:xx' */
	bool dhcp;	    /* the container asks for its address; else: */
	char *address;	    /* 'a.b.c.d/prefix' */
	char *gateway;	    /* 'a.b.c.d': the default route */
	struct strv routes; /* 'a.b.c.d/prefix%gateway' */
};
#define RECORD_NET_INIT                                                                                                \
	((struct record_net){ .network = xstrdup(""),                                                                  \
			      .bridge = xstrdup(""),                                                                   \
			      .device = xstrdup(""),                                                                   \
			      .mac = xstrdup(""),                                                                      \
			      .address = xstrdup(""),                                                                  \
			      .gateway = xstrdup("") })
void record_net_copy(const struct record_net *net, struct record_net *ret);
void record_net_done(struct record_net *net);

/* "network 'x'", "bridge 'x'", "interface 'x'": caller frees. */
char *record_net_source(const struct record_net *net);

/* While it is RECORD_CREATING, only name and path are sure to be there. */
struct record {
	enum record_state state;
	char *name;
	char *uuid;
	char *path;	       /* the container's tree, absolute on the host */
	char *hostname;	       /* "": its name */
	char *package_manager; /* "rpm" or "dpkg" */
	struct strv units;     /* full names, instantiated */
	struct strv packages;  /* ids of the closure */
	char *level;	       /* 's0:c1,c2' */
	char *process_context; /* whole contexts, "" on a host without SELinux */
	char *file_context;
	uint32_t uid_base;  /* 0: no user namespace */
	uint32_t uid_count; /* 65536, or 0 */
	uint64_t limits[LIMITS];
	struct strv ports;  /* published, in the words of publish.h */
	struct strv mounts; /* in the words of mount-option.h */
	struct record_net *nets;
	size_t n_nets;
};

bool record_name_valid(const char *name); /* [a-z0-9][a-z0-9._-]* */

/* 0, or -EINVAL after a message. */
int record_check_name(const char *name);

/* Text form (caller frees), and back. record_parse() trusts nothing: -EINVAL with a sentence in *ret_message (caller
 * frees) for anything that is not a record of container 'name' in a format that we know. */
char *record_format(const struct record *record);
int record_parse(const char *name, const char *text, size_t len, struct record *ret, char **ret_message);
void record_done(struct record *record);

/* Reads the record of 'name'. 0, or -errno after a message: -ENOENT 'There is no container 'x'.' */
int record_load(int root_fd, const char *name, struct record *ret);

/* Puts it in the place of the record that is there. 0, or -errno after a message. */
int record_rewrite(int root_fd, const struct record *record);

/* Names of all records, sorted; a file whose name no container can have is passed over. 0 or -errno after a message. */
int record_names(int root_fd, struct strv *ret);
