/* SPDX-License-Identifier: Apache-2.0 */
/* A request body as it comes from the network, through both paths. */
#include "tests/fuzz/review_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    review_properties_hold((const char *)data, size);
    return 0;
}
