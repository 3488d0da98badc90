/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares a running container with its record. Each difference is a warning; nothing is changed. */
#include "running/verify.h"

#include "base/log.h"
#include "base/rootfd.h"
#include "container/places.h"
#include "running/leader.h"
#include "selinux/selinux.h"

#define ALL_IDS UINT32_MAX /* the length of the host's own map */

static void check_tree(int root_fd, const struct record *record)
{
	_cleanup_(closep) int fd = place_open_tree(root_fd, record->path, false);
	_cleanup_(freep) char *label = NULL;

	if (fd < 0 || selinux_label_of(fd, &label) < 0 || selinux_same_label(label, record->file_context))
		return;
	log_warn("Directory '%s' has the label '%s' instead of '%s'; stop the container, and run 'virt-sandbox-service "
		 "relabel %s'.",
		 record->path, label, record->file_context, record->name);
}

static void check_process(const struct record *record, pid_t leader)
{
	_cleanup_(freep) char *label = NULL;

	if (selinux_label_of_process(leader, &label) < 0 || selinux_same_label(label, record->process_context))
		return;
	log_warn("Container '%s' runs with the label '%s' instead of '%s'; compare with 'virt-sandbox-service show "
		 "%s', and restart it.",
		 record->name, label, record->process_context, record->name);
}

static void check_ids(int root_fd, const struct record *record, pid_t leader)
{
	static const char *const maps[] = { "uid_map", "gid_map" };
	uint32_t count = record->uid_base ? record->uid_count : ALL_IDS;

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		_cleanup_(freep) char *path = xasprintf("/proc/%d/%s", leader, maps[i]);
		_cleanup_(freep) char *text = NULL;
		struct leader_ids ids;

		if (rootfd_read(root_fd, path, WALK_ROOT, 4096, &text, NULL) < 0 ||
		    (leader_ids_parse(text, &ids) && ids.inside == 0 && ids.outside == record->uid_base &&
		     ids.length == count))
			continue;
		log_warn("Container '%s' does not run with the ids of its record, according to '%s'; restart it.",
			 record->name, path);
		return;
	}
}

void verify_running(int root_fd, const struct record *record, pid_t leader)
{
	if (record->state != RECORD_READY)
		return;
	if (selinux_on() && !*record->file_context)
		log_warn("Container '%s' has no SELinux label, because it was created without SELinux; delete it, and "
			 "create it again.",
			 record->name);
	else if (*record->file_context)
		check_tree(root_fd, record);
	if (leader > 0 && *record->process_context)
		check_process(record, leader);
	if (leader > 0)
		check_ids(root_fd, record, leader);
}
