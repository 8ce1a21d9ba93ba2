/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/base64.h"

#include "certs/pem.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Three bytes are four characters. */
enum { BASE64_MAX = (CERTS_PEM_MAX + 2) / 3 * 4 };

char *certs_base64_encode(struct str bytes, struct error *err)
{
    char *base64;

    if (bytes.len > CERTS_PEM_MAX) {
        error_set(err, "is larger than %d bytes", CERTS_PEM_MAX);
        return NULL;
    }
    base64 = malloc((bytes.len + 2) / 3 * 4 + 1);
    if (!base64) {
        error_no_memory(err);
        return NULL;
    }
    EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)bytes.data, (int)bytes.len);
    return base64;
}

static size_t padding(struct str base64)
{
    return (size_t)str_ends_with(base64, STR("=")) + (size_t)str_ends_with(base64, STR("=="));
}

/* OpenSSL passes over blanks and does not look at the padding: what is right comes out the same. */
static bool check_form(struct str base64, struct str bytes, struct error *err)
{
    char *again = certs_base64_encode(bytes, err);
    bool same = again && str_equal(base64, str_from(again));

    if (again && !same)
        error_set(err, "is not base64");
    certs_wipe_and_free(again);
    return same;
}

static bool decode(struct str base64, char *bytes, size_t *ret_len, struct error *err)
{
    int len = EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)base64.data,
                              (int)base64.len);

    if (len < 0 || (size_t)len < padding(base64))
        return error_set(err, "is not base64");
    *ret_len = (size_t)len - padding(base64);
    bytes[*ret_len] = '\0';
    if (!check_form(base64, (struct str){bytes, *ret_len}, err))
        return false;
    if (strlen(bytes) < *ret_len)
        return error_set(err, "is binary, not PEM");
    return true;
}

char *certs_base64_decode(struct str base64, struct error *err)
{
    size_t capacity = base64.len / 4 * 3 + 1;
    size_t len;
    char *bytes;

    if (base64.len > BASE64_MAX) {
        error_set(err, "is larger than %d bytes", CERTS_PEM_MAX);
        return NULL;
    }
    if (base64.len % 4 != 0) {
        error_set(err, "is not base64");
        return NULL;
    }
    bytes = calloc(1, capacity);
    if (!bytes) {
        error_no_memory(err);
        return NULL;
    }
    if (decode(base64, bytes, &len, err))
        return bytes;
    explicit_bzero(bytes, capacity);
    free(bytes);
    return NULL;
}
