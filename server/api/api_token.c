/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_token.h"

#include "base/str.h"
#include "certs/files.h"
#include "certs/openssl.h"
#include "certs/pem.h"
#include "server/kubeconfig/api_credentials.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static const char header_start[] = "Authorization: Bearer ";

static char *make_header(struct str text, struct error *err)
{
    struct str token = str_trim(text);
    size_t start = sizeof header_start - 1;
    char *header;

    if (!api_credentials_check_token(token, err))
        return NULL;
    header = malloc(start + token.len + 1);
    if (!header) {
        error_no_memory(err);
        return NULL;
    }
    memcpy(header, header_start, start);
    memcpy(header + start, token.data, token.len);
    header[start + token.len] = '\0';
    return header;
}

bool api_token_init(struct api_token *token, const struct cluster_config *config, struct error *err)
{
    *token = (struct api_token){.file = config->token_file};
    if (config->token_file || !config->token)
        return true;
    token->header = make_header(str_from(config->token), err);
    return token->header || error_wrap(err, "the token");
}

void api_token_clear(struct api_token *token)
{
    certs_wipe_and_free(token->header);
    *token = (struct api_token){.file = NULL};
}

static char *read_header(const char *path, struct error *err)
{
    CLEANUP_FD int fd = certs_file_open(AT_FDCWD, path, err);
    CLEANUP_CERTS_FILE struct certs_file file = {.data = NULL};

    if (fd < 0 || !certs_file_read(fd, &file, err))
        return NULL;
    return make_header(certs_file_str(&file), err);
}

static bool load(struct api_token *token, long long now_ms, bool *ret_changed, struct error *err)
{
    char *header = read_header(token->file, err);

    if (!header) {
        certs_error_in_file(err, token->file);
        return error_wrap(err, "the token file");
    }
    *ret_changed = !token->header || strcmp(token->header, header) != 0;
    certs_wipe_and_free(token->header);
    token->header = header;
    token->read_at_ms = now_ms;
    return true;
}

bool api_token_renew(struct api_token *token, long long now_ms, struct error *err)
{
    struct error why;
    bool changed;

    if (!token->file || (token->header && now_ms - token->read_at_ms < API_TOKEN_REREAD_MS))
        return true;
    if (load(token, now_ms, &changed, &why) || token->header)
        return true;
    *err = why;
    return false;
}

bool api_token_reread(struct api_token *token, long long now_ms)
{
    struct error why;
    bool changed = false;

    return token->file && load(token, now_ms, &changed, &why) && changed;
}
