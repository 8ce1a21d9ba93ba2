/* SPDX-License-Identifier: Apache-2.0 */
#include "server/api/api_credentials.h"

#include "base/str.h"
#include "certs/files.h"
#include "certs/openssl.h"
#include "certs/pem.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* Unlike the chain of a certificate, a bundle of CAs may be long; that of Debian has 140. */
static bool check_cas(struct str pem, struct error *err)
{
    CLEANUP_BIO BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    size_t count = 0;

    if (!bio)
        return error_no_memory(err);
    ERR_clear_error();
    for (;; count++) {
        CLEANUP_X509 X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);

        if (!certificate)
            break;
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return certs_error_openssl(err, "has a damaged certificate");
    ERR_clear_error();
    return count > 0 ||
           error_set(err, "holds no PEM certificate (\"-----BEGIN CERTIFICATE-----\")");
}

static bool check_certificate(struct str pem, struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain chain = {.count = 0};

    return certs_pem_read_chain(pem, &chain, err);
}

static bool check_key(struct str pem, struct error *err)
{
    CLEANUP_KEY EVP_PKEY *key = NULL;

    return certs_pem_read_key(pem, &key, err);
}

typedef bool check_pem(struct str pem, struct error *err);

static bool check_file(const char *path, check_pem *check, struct error *err)
{
    CLEANUP_FD int fd = certs_file_open(AT_FDCWD, path, err);
    CLEANUP_CERTS_FILE struct certs_file file = {.data = NULL};

    return (fd >= 0 && certs_file_read(fd, &file, err) && check(certs_file_str(&file), err)) ||
           certs_error_in_file(err, path);
}

/* One of both at most is there. */
static bool check_one(const char *what, const char *path, const char *pem, check_pem *check,
                      struct error *err)
{
    if (path)
        return check_file(path, check, err) || error_wrap(err, "%s", what);
    if (pem)
        return check(str_from(pem), err) || error_wrap(err, "%s", what);
    return true;
}

bool api_credentials_check(const struct cluster_config *config, struct error *err)
{
    return check_one("the API server's CA", config->ca_file, config->ca_pem, check_cas, err) &&
           check_one("the client certificate", config->client_cert_file, config->client_cert_pem,
                     check_certificate, err) &&
           check_one("the key of the client certificate", config->client_key_file,
                     config->client_key_pem, check_key, err);
}
