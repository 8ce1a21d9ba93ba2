/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that make certificates: from options to certs/. */
#include "certs/issue.h"
#include "certs/names.h"
#include "server/commands/command.h"

#include <stdio.h>
#include <time.h>

struct issue_options {
    const char *dir;
    const char *host;
    long days;
    bool force;
};

/* Help shows text, certs/ has a number. */
#define DAYS_DEFAULT 365
#define TEXT_OF_TOKEN(token) #token
#define TEXT_OF(macro) TEXT_OF_TOKEN(macro)
_Static_assert(DAYS_DEFAULT == (int)CERTS_DAYS_DEFAULT, "the two defaults must be one");

static const struct option issue_options[] = {
    {.name = "dir",
     .metavar = "DIR",
     .help = "folder for the files; created when missing",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct issue_options, dir)},
    {.name = "host",
     .metavar = "NAME[,NAME...]",
     .help = "DNS names and IP addresses that the certificate is for",
     .kind = OPTION_TEXT,
     .required = true,
     .offset = offsetof(struct issue_options, host)},
    {.name = "days",
     .metavar = "N",
     .default_text = TEXT_OF(DAYS_DEFAULT),
     .help = "life of the serving certificate in days",
     .kind = OPTION_INTEGER,
     .min = 1,
     .max = CERTS_DAYS_MAX,
     .offset = offsetof(struct issue_options, days)},
    {.name = "force",
     .help = "replace a CA that is in the folder; clients must be given the new ca.crt",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct issue_options, force)},
};

/* A name that no certificate can have is wrong usage; what fails later is not. */
static bool check_hosts(struct str hosts, struct error *err)
{
    CLEANUP_CERTS_NAMES struct certs_names *names = certs_names_new(hosts, err);

    return names || error_wrap(err, "--host");
}

static int issue(const struct command *command, int argc, char **argv)
{
    struct issue_options options = {0};
    struct certs_request request;
    struct error err;

    if (!command_options(command, argc, argv, &options))
        return EXIT_USAGE;
    request = (struct certs_request){
        .hosts = str_from(options.host),
        .days = (unsigned)options.days,
        .now = time(NULL),
    };
    if (!check_hosts(request.hosts, &err))
        return command_fail(command, EXIT_USAGE, &err);
    if (!certs_issue(&request, options.dir, options.force, &err))
        return command_fail(command, EXIT_FAILED, &err);
    return EXIT_OK;
}

const struct command command_certs_issue = {
    .name = "certs issue",
    .summary = "Makes a certificate authority and a serving certificate",
    .description =
        "Writes ca.crt, ca.key, tls.crt and tls.key (ECDSA P-256). The keys can be read by the\n"
        "owner only. All four change at one moment: what reads them sees one issue.",
    .options = {issue_options, sizeof issue_options / sizeof issue_options[0]},
    .run = issue,
};
