/* SPDX-License-Identifier: Apache-2.0 */
/* The same by the way of machines without SSE2. */
#undef __SSE2__
#include "tests/support/json_plain_cases.h"

int main(void)
{
    return run_json_plain_cases();
}
