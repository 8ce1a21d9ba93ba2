/* SPDX-License-Identifier: Apache-2.0 */
#include "server/check/check_file.h"

enum check_verdict check_object_verdict(const struct check_object *object)
{
    if (object->denied > 0)
        return CHECK_DENY;
    return object->warned > 0 ? CHECK_WARN : CHECK_ALLOW;
}

void check_summary_add(struct check_summary *summary, const struct check_file *file)
{
    const struct check_object *object;

    summary->files++;
    summary->objects += file->object_count;
    summary->skipped += file->skipped;
    summary->unreadable += file->error.data != NULL;
    for (object = file->objects; object; object = object->next) {
        enum check_verdict verdict = check_object_verdict(object);

        summary->denied += verdict == CHECK_DENY;
        summary->warned += verdict == CHECK_WARN;
        summary->faults += object->denied + object->warned;
        summary->hints += object->hint_count;
        summary->unjudged += object->names_unjudged;
    }
}
