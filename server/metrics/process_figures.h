/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel knows of this process, from /proc. */
#ifndef SERVER_METRICS_PROCESS_FIGURES_H
#define SERVER_METRICS_PROCESS_FIGURES_H

/* Sets the metrics METRIC_PROCESS_…. What can't be read keeps its last value. */
void process_figures_set(void);

#endif
