/* SPDX-License-Identifier: Apache-2.0 */
/* What runs here: the program's version, and those of the libraries that it found at run time. */
#ifndef SERVER_METRICS_BUILD_INFO_H
#define SERVER_METRICS_BUILD_INFO_H

#include "base/text.h"

/* Adds the metric build_info in Prometheus' text format. */
void build_info_write(struct text *text);

/* Adds a label's value as that format wants it between its quotes. */
void build_info_add_value(struct text *text, const char *value);

#endif
