/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --network: 'NAME', 'none', or words and keys in any order, as 'source=NAME,address=IP/PREFIX' or
 * 'dhcp,bridge=BR'. PURE: whether there is such a network, choose-net.c asks. */
#pragma once

#include "container/record.h"

#define NET_NONE "none"

/* Appends the interface that 'text' describes to '*nets'. What the option does not say stays "", also the prefix of the
 * address. NULL, or the end of the sentence "--network must be ..." with nothing appended. */
const char *net_spec_parse(const char *text, struct record_net **nets, size_t *n);
