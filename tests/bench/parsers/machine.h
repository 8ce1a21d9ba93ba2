/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_PARSERS_MACHINE_H
#define TESTS_BENCH_PARSERS_MACHINE_H

/* Prints the date, and on what it runs and of which system and compiler. */
void machine_print(void);

#endif
