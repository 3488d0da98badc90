/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes what was gathered and chosen into the plan. PURE: --dry-run and create make the same plan. */
#pragma once

#include "contents/collect.h"
#include "selinux/mcs.h"
#include "create/plan.h"
#include "container/record.h"

/* What is unique to one container. Strings are NULL where there is none. */
struct choice {
	char *level;	   /* 's0:c1,c2' */
	uint32_t uid_base; /* 0: no user namespace */
	struct record_net *nets;
	size_t n_nets;
	struct strv macs;	  /* those that were asked for */
	struct strv name_servers; /* for its resolver; none without a network */
	char *uuid;
	char *machine_id;
	char *process_context, *file_context;
};
void choice_done(struct choice *choice);

struct build_request {
	const char *name;
	const char *path;	/* of the tree */
	const char *hostname;	/* or NULL: its name */
	const uint64_t *limits; /* LIMITS of them */
	const struct strv *mounts, *ports;
	bool copy_var;
};

/* 'g' is changed only in which users are marked. The record that the plan ends with is stored in *ret_record. */
void build_plan(const struct build_request *request, struct gathered *g, const struct choice *choice,
		struct plan *ret_plan, struct record *ret_record);
