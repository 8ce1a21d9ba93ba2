/* SPDX-License-Identifier: Apache-2.0 */
#include "server/commands/command.h"

#include <curl/curl.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <yaml.h>

/* The versions that are in use, not those that the program was compiled with. */
static int run(const struct command *command, int argc, char **argv)
{
    struct error err;

    if (!command_options(command, argc, argv, NULL))
        return EXIT_USAGE;
    printf("hostdev-webhook %s\n", HOSTDEV_WEBHOOK_VERSION);
    printf("libmicrohttpd %s\n", MHD_get_version());
    printf("GnuTLS %s\n", gnutls_check_version(NULL));
    printf("OpenSSL %s\n", OpenSSL_version(OPENSSL_FULL_VERSION_STRING));
    printf("libcurl %s\n", curl_version_info(CURLVERSION_NOW)->version);
    printf("jansson %s\n", jansson_version_str());
    printf("libyaml %s\n", yaml_get_version_string());
    if (fflush(stdout) != 0) {
        error_set(&err, "can't write the versions");
        return command_fail(command, EXIT_FAILED, &err);
    }
    return EXIT_OK;
}

const struct command command_version = {
    .name = "version",
    .summary = "Prints the version of the program and of its libraries",
    .run = run,
};
