/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPv6 addresses as text. Pure. */
#pragma once

/* The address in its normal form (RFC 5952), without brackets and without a zone; or NULL if 'text' is not an IPv6
 * address. Caller frees. */
char *ipv6_normal(const char *text);
