/* SPDX-License-Identifier: Apache-2.0 */
/* What needs no second look in JSON, by the way of the machine that this is built for. */
#include "tests/support/json_plain_cases.h"

int main(void)
{
    return run_json_plain_cases();
}
